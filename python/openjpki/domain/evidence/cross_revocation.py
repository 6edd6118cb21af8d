"""That a cross certificate is to end before its time (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, require_sha256

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence.statement import Claims, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRevocationApproved:
    """One officer's will to end exactly this certificate between authorities, for this cause:
    whether the officer proposes it or approves what another has proposed."""

    kind: ClassVar[StatementKind] = StatementKind.CROSS_REVOCATION_APPROVED

    occasion: Occasion
    partner_id: str
    issuer: AuthorityId | None
    """The authority here that signed it; None where a foreign partner did."""
    certificate_sha256: bytes
    """Of the certificate, DER: serial number, issuer and generation of its key with it."""
    cause: CrossRevocationCause

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_sha256(self.certificate_sha256, field="certificate_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "partner": self.partner_id,
            "issuer": None if self.issuer is None else str(self.issuer),
            "certificate": self.certificate_sha256,
            "cause": self.cause.value,
        }
