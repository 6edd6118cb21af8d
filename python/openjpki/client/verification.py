"""The answer to "may I act on this document?", with everything that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.client.status import StatusSource
    from openjpki.domain.authority import AuthorityId
    from openjpki.x509.profiles.certified_person import CertifiedPerson


class CheckName(StrEnum):
    """What a verifier must check (R5.2.1), in the order it is done."""

    SIGNATURE = "signature"
    """The document is the one that was signed, with the certificate's key."""
    ISSUER = "issuer"
    """A governor's authority that is trusted here signed the certificate."""
    PROFILE = "profile"
    """It is a user's certificate for signing: key usage, policy, the person's attributes."""
    VALIDITY_PERIOD = "validity_period"
    """Neither the certificate nor its authority's has ended or is yet to begin."""
    REVOCATION = "revocation"
    """The authority knows it and has not revoked it."""


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_DONE = "not_done"
    """An earlier failure left nothing to check."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check and how it ended."""

    name: CheckName
    outcome: Outcome
    text: str
    """For people; no personal data."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked of one signed document, and its first signer."""

    checks: tuple[Check, ...]
    """Every check of :class:`CheckName`, in order."""
    checked_at: datetime
    authority_id: AuthorityId | None
    """The issuer; None unless the issuer check passed."""
    certificate: bytes | None
    """The signer's, X.509 DER; None unless the signature check passed."""
    signer: CertifiedPerson | None
    """Who signed; None unless every check of this signer passed: nobody is named by an unproved
    certificate."""
    status_source: StatusSource | None
    """Who said whether it was revoked, and as of when: the status service, or a revocation list
    while that is away. None where nobody was asked."""
    signing_time: datetime | None
    """The signer's own claim, no proof."""
    readable: bool = True
    """Whether there was a signature to judge. What can't be read is not valid either, but nothing
    is said about the document by it: ask for the file again."""
    cosigners: tuple[Verification, ...] = ()
    """The same of each further signer, in the order received."""

    @property
    def valid(self) -> bool:
        """Whether the document may be relied on: every check passed, of every signer."""
        return all(check.outcome is Outcome.PASSED for check in self.checks) and all(
            each.valid for each in self.cosigners
        )

    def diagnostics(self) -> str:
        """A line per check, for people; signers after one another."""
        own = [f"{each.name}: {each.outcome}: {each.text}" for each in self.checks]
        return "\n".join([*own, *(each.diagnostics() for each in self.cosigners)])
