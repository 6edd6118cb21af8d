"""Why certificates are revoked, how lists name the cause, and how often lists are made."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the policy document reads field types
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, IntEnum
from typing import Final

from openjpki.errors import OpenJpkiError, Reason


class RevocationReason(IntEnum):
    """CRLReason of RFC 5280, 5.3.1, as far as this service uses it."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5


class RevocationCause(Enum):
    """The grounds the report knows (R3.1.1, R3.1.2) and renewal (R2.7)."""

    USER_WISH = "user_wish"
    """The user stops using the service, at the window or online."""
    KEY_COMPROMISE = "key_compromise"
    """Lost, damaged or compromised private key or its carrier, reported at the window."""
    CHANGE_NOTICE = "change_notice"
    """The resident register says that something changed; never what (R3.1.2a)."""
    RENEWAL = "renewal"
    """Replaced by a certificate over a new key pair."""
    AUTHORITY_COMPROMISE = "authority_compromise"
    """The governor's key is compromised: all that it signed (R3.1.2b)."""
    FACT_WRONG = "fact_wrong"
    """What the certificate says of its holder is found not to be so (R3.1.2c)."""
    ISSUED_BY_MISTAKE = "issued_by_mistake"
    """It should not have been made: a fault of an office, not of the applicant."""
    FALSE_APPLICATION = "false_application"
    """Somebody got it by stating what is not so, such as who they are (report, third part)."""

    @property
    def is_found_by_two(self) -> bool:
        """Whether two of the governor's officers find it, and nobody else."""
        return self in FOUND_BY_TWO


FOUND_BY_TWO: Final = frozenset(
    {
        RevocationCause.FACT_WRONG,
        RevocationCause.ISSUED_BY_MISTAKE,
        RevocationCause.FALSE_APPLICATION,
    }
)
"""Published without a reason, whatever a policy says: a list must not tell which of them it was."""


def _default_reasons() -> dict[RevocationCause, RevocationReason]:
    return {
        RevocationCause.USER_WISH: RevocationReason.CESSATION_OF_OPERATION,
        RevocationCause.KEY_COMPROMISE: RevocationReason.KEY_COMPROMISE,
        # One code for a death, a move and a new name alike: the list must not tell which.
        RevocationCause.CHANGE_NOTICE: RevocationReason.AFFILIATION_CHANGED,
        RevocationCause.RENEWAL: RevocationReason.SUPERSEDED,
        RevocationCause.AUTHORITY_COMPROMISE: RevocationReason.CA_COMPROMISE,
    }


@dataclass(frozen=True, slots=True)
class CrlPolicy:
    """Making of revocation lists (R4.1.2, R6.2)."""

    period: timedelta = timedelta(days=1)
    """From one list of a partition to the next."""
    next_update: timedelta = timedelta(hours=48)
    """From thisUpdate to nextUpdate: one list may be late without verifiers noticing."""
    reasons: Mapping[RevocationCause, RevocationReason] = field(default_factory=_default_reasons)
    """reasonCode by cause; a cause that is missing cannot be the ground of a revocation."""
    delta_period: timedelta | None = None
    """From one delta list of a partition to the next, between complete ones; None: none is made
    (RFC 5280 5.2.4)."""

    @property
    def delta_life(self) -> timedelta | None:
        """From thisUpdate of a delta list to its nextUpdate: one may be late, as of the others."""
        return None if self.delta_period is None else 2 * self.delta_period

    def reason_for(self, cause: RevocationCause, *, field: str = "cause") -> RevocationReason:
        """Raises REASON_NOT_ALLOWED for a cause this policy does not list."""
        if cause.is_found_by_two:
            return RevocationReason.UNSPECIFIED
        reason = self.reasons.get(cause)
        if reason is None:
            raise OpenJpkiError(
                Reason.REASON_NOT_ALLOWED, "is not a ground of the authority's policy", field=field
            )
        return reason
