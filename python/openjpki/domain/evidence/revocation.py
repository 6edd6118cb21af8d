"""That a certificate is to be revoked (R3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.application import require_document_kind
from openjpki.domain.evidence.statement import StatementKind

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityEvidence
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claims, Occasion
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.policy import RevocationCause


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentitySeen:
    """How the person who asks was identified, at a window (R3.1.1)."""

    municipality: Municipality
    evidence: IdentityEvidence
    document_kind: str
    """Lower case with hyphens; never a document's number (R7.1)."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_document_kind(self.document_kind, field="check.document_kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationAsked:
    """A holder asked for it at a window, or an officer of the authority's does so ex officio."""

    kind: ClassVar[StatementKind] = StatementKind.REVOCATION_ASKED

    occasion: Occasion
    authority_id: AuthorityId
    serial: bytes
    """Big-endian, in the fewest octets."""
    cause: RevocationCause
    seen: IdentitySeen | None
    """None: ex officio; nobody came (R3.1.2)."""

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        seen = self.seen
        return {
            **self.occasion.claims(),
            "authority": str(self.authority_id),
            "serial": self.serial,
            "cause": self.cause.value,
            "municipality": None if seen is None else seen.municipality.code,
            "evidence": None if seen is None else seen.evidence.value,
            "document": None if seen is None else seen.document_kind,
        }
