"""What a receipt of ca's is over: digests of a request and of its result (L1b).

Both sides make them from their own values: ca from what it was asked and stored, registration from
what it asked and was answered. SHA-256 of CBOR in its deterministic form, as statements are
encoded, of an array whose first element says what follows; a change of what follows is a new label.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence.statement import seconds
from openjpki.evidence.encoding import deterministic

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claim
    from openjpki.domain.person import FourAttributes
    from openjpki.domain.policy import RevocationCause

ISSUE, REVOKE = "IssueCertificate", "RevokeCertificate"
REVOKE_CHANGED = "RevokeChangedCertificate"
"""The methods whose answers have a receipt."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssuanceAsked:
    """All of a request for a user's certificate. No ``repr``: personal data."""

    request_id: str
    authority_id: AuthorityId
    municipality_code: str
    window_id: str
    application_id: str
    person_reference: bytes
    attributes: FourAttributes
    name_mask: str
    address_mask: str
    certification_request: bytes
    signatures: tuple[bytes, ...]
    """What officers signed for it, as it was passed on."""
    renews: bytes | None = None
    """Serial number of the certificate that is revoked in the same act."""

    def sha256(self) -> bytes:
        """32 octets."""
        attributes = self.attributes
        renewed = () if self.renews is None else (self.renews,)
        return _sha256(
            "openjpki.renewal-asked.1" if renewed else "openjpki.issuance-asked.1",
            self.request_id,
            str(self.authority_id),
            self.municipality_code,
            self.window_id,
            self.application_id,
            self.person_reference,
            attributes.name.text,
            attributes.birth_date.iso,
            attributes.sex.code,
            attributes.address.text,
            self.name_mask,
            self.address_mask,
            self.certification_request,
            self.signatures,
            *renewed,
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssuanceResult:
    """All of the answer to it."""

    serial: bytes
    certificate: bytes
    authority_certificate: bytes
    generation: int
    issued_at: datetime
    """Whole seconds."""

    def sha256(self) -> bytes:
        """32 octets."""
        return _sha256(
            "openjpki.issuance-result.1",
            self.serial,
            self.certificate,
            self.authority_certificate,
            self.generation,
            seconds(self.issued_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationAsked:
    """All of a request to revoke a user's certificate."""

    request_id: str
    authority_id: AuthorityId
    serial: bytes
    cause: RevocationCause
    signatures: tuple[bytes, ...]
    """What the officer signed, as it was passed on."""

    def sha256(self) -> bytes:
        """32 octets."""
        return _sha256(
            "openjpki.revocation-asked.1",
            self.request_id,
            str(self.authority_id),
            self.serial,
            self.cause.value,
            self.signatures,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRevocationAsked:
    """All of a request to revoke a user's certificate as the register network told of a change."""

    request_id: str
    authority_id: AuthorityId
    municipality_code: str
    serial: bytes

    def sha256(self) -> bytes:
        """32 octets."""
        return _sha256(
            "openjpki.changed-revocation-asked.1",
            self.request_id,
            str(self.authority_id),
            self.municipality_code,
            self.serial,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationResult:
    """All of the answer to either."""

    revoked_at: datetime
    """Whole seconds."""
    sequence: int

    def sha256(self) -> bytes:
        """32 octets."""
        return _sha256("openjpki.revocation-result.1", seconds(self.revoked_at), self.sequence)


def _sha256(*values: Claim) -> bytes:
    return hashlib.sha256(deterministic(values)).digest()
