"""The order for a user certificate, which registration makes of an approved application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.characters import Substituted
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.evidence.revocation import IdentitySeen
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.person import FourAttributes
    from openjpki.domain.window import WindowId
    from openjpki.x509.foreign.csr import CertificateRequest


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class UserOrder:
    """What is to be certified, and who answers for it. No ``repr``: personal data."""

    authority_id: AuthorityId
    municipality: Municipality
    window: WindowId
    application_id: str
    person_reference: bytes
    attributes: FourAttributes
    name: Substituted
    address: Substituted
    seen: IdentitySeen
    """How the officer who checked made sure of who the applicant is."""
    submitted: OfficerSignature
    taken_over: OfficerSignature | None = None
    """Of another officer who answers for the application since; None: who took it still does."""
    checked: OfficerSignature
    presented: OfficerSignature
    decided: OfficerSignature
    certification_request: CertificateRequest
    """With the person's key, as the card made it."""
    renews: bytes | None = None
    """Serial number of the certificate that is revoked in the same act."""

    @property
    def signatures(self) -> tuple[OfficerSignature, ...]:
        """All of them, in the order of the steps, as receipts have them."""
        taken_over = () if self.taken_over is None else (self.taken_over,)
        return (self.submitted, self.checked, self.presented, self.decided, *taken_over)

    def __post_init__(self) -> None:
        """Refuse a window of another municipality: ``INVALID_FIELD``."""
        if self.window.municipality != self.municipality:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be a window of the municipality", field="window_id"
            )
