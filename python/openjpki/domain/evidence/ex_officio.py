"""That a user's certificate is to end ex officio, for an error that was found (R3.1.2c)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from openjpki.domain.evidence.statement import StatementKind
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claims, Occasion
    from openjpki.domain.policy import RevocationCause

WAITS_AT_MOST: Final = timedelta(days=14)
"""From one officer's proposal to the other's approval: the certificate is in use meanwhile, and
what was found should be looked at while it is known how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFound:
    """One officer's will to end exactly this certificate, for this cause: whether the officer
    proposes it or approves what another has proposed."""

    kind: ClassVar[StatementKind] = StatementKind.ERROR_FOUND

    occasion: Occasion
    authority_id: AuthorityId
    serial: bytes
    """Big-endian, in the fewest octets."""
    cause: RevocationCause
    """One that two officers find."""

    def __post_init__(self) -> None:
        """Raises ``REASON_NOT_ALLOWED``."""
        if not self.cause.is_found_by_two:
            raise OpenJpkiError(
                Reason.REASON_NOT_ALLOWED, "is no error that two officers find", field="cause"
            )

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "authority": str(self.authority_id),
            "serial": self.serial,
            "cause": self.cause.value,
        }
