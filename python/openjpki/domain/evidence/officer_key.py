"""That an officer holds the key to be enrolled: proof of possession (RFC 4211 section 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, require_sha256

if TYPE_CHECKING:
    from openjpki.domain.evidence.statement import Claims, Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerKeyPresented:
    """This key is mine, and I ask this service to know me by it; signed with that key."""

    kind: ClassVar[StatementKind] = StatementKind.OFFICER_KEY_PRESENTED

    occasion: Occasion
    service: str
    """Whose register: ``ca``, ``bridge`` or ``registration``. A request made for one is none for
    another."""
    key_sha256: bytes
    """SHA-256 of the SubjectPublicKeyInfo, DER; 32 octets."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_sha256(self.key_sha256, field="key_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "service": self.service,
            "key": self.key_sha256,
        }
