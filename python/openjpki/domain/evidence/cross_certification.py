"""That a cross-certification may be carried out (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, require_sha256, require_uuid

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claims, Occasion


class CrossDirection(StrEnum):
    """Which of the two certificates that are exchanged with a partner."""

    TO_PARTNER = "to-partner"
    FROM_PARTNER = "from-partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCertificationApproved:
    """One officer's approval of exactly this certificate between authorities."""

    kind: ClassVar[StatementKind] = StatementKind.CROSS_CERTIFICATION_APPROVED

    occasion: Occasion
    cross_certification_id: str
    """UUID in lower case, of the proposal at the bridge."""
    partner_id: str
    direction: CrossDirection
    issuer: AuthorityId | None
    """The authority here that is to sign; None where a foreign partner has signed."""
    subject_key_sha256: bytes
    """SHA-256 of the certified SubjectPublicKeyInfo, DER; 32 octets."""
    request_sha256: bytes | None
    """Of the PKCS#10, DER, that asks for it and names its subject; None where a foreign partner has
    signed."""
    certificate_sha256: bytes | None
    """Of a foreign partner's finished certificate, DER; None where one is to be made."""
    policy_mappings: tuple[tuple[str, str], ...]
    """Policies of the issuer's domain, each with that of the subject's; dotted, in order."""
    validity_days: int
    """0: as long as policy says."""

    def __post_init__(self) -> None:
        """Raises ``INVALID_FIELD``."""
        require_uuid(self.cross_certification_id, field="cross_certification_id")
        require_sha256(self.subject_key_sha256, field="subject_key_sha256")
        if self.request_sha256 is not None:
            require_sha256(self.request_sha256, field="request_sha256")
        if self.certificate_sha256 is not None:
            require_sha256(self.certificate_sha256, field="certificate_sha256")

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            **self.occasion.claims(),
            "cross_certification": self.cross_certification_id,
            "partner": self.partner_id,
            "direction": self.direction.value,
            "issuer": None if self.issuer is None else str(self.issuer),
            "key": self.subject_key_sha256,
            "request": self.request_sha256,
            "certificate": self.certificate_sha256,
            "mappings": self.policy_mappings,
            "days": self.validity_days,
        }
