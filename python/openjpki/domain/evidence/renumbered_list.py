"""That the numbers of an issuer's revocation lists count anew from a list on (RFC 5280 5.2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, require_sha256

if TYPE_CHECKING:
    from openjpki.domain.evidence.statement import Claims, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class RenumberedListAccepted:
    """One officer's word that exactly this list of a partner may have a lower number than one
    before it: its authority was restored from a copy."""

    kind: ClassVar[StatementKind] = StatementKind.RENUMBERED_LIST_ACCEPTED

    occasion: Occasion
    partner_id: str
    list_sha256: bytes
    """Of the list, DER."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_sha256(self.list_sha256, field="sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "partner": self.partner_id,
            "list": self.list_sha256,
        }
