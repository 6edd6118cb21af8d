"""The governor's authority as this service needs it: what it is asked for, what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openjpki.domain.authority import AuthorityId, AuthorityKind

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.evidence.revocation import IdentitySeen
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.person import Applicant
    from openjpki.domain.policy.revocation import RevocationCause
    from openjpki.storage.registration.receipts import KeptReceipt


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssueOrder:
    """Everything that IssueCertificate is asked with. Made from what is stored, so that every
    attempt sends the same request and the authority recognises it as one."""

    request_id: str
    municipality_code: str
    window_id: str
    application_id: str
    person_reference: bytes
    applicant: Applicant
    certification_request: bytes
    seen: IdentitySeen
    submitted: OfficerSignature
    taken_over: OfficerSignature | None = None
    checked: OfficerSignature
    presented: OfficerSignature
    decided: OfficerSignature
    renews: bytes | None = None
    """Serial number of the certificate that is revoked in the same act."""

    @property
    def signatures(self) -> tuple[OfficerSignature, ...]:
        """All of them, in the order of the steps, as receipts have them."""
        taken_over = () if self.taken_over is None else (self.taken_over,)
        return (self.submitted, self.checked, self.presented, self.decided, *taken_over)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeOrder:
    """Everything that RevokeCertificate is asked with; the same at every attempt too."""

    request_id: str
    authority_id: AuthorityId
    serial: bytes
    cause: RevocationCause
    seen: IdentitySeen
    asked: OfficerSignature


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOrder:
    """Everything that RevokeChangedCertificate is asked with; the same at every attempt."""

    request_id: str
    authority_id: AuthorityId
    municipality_code: str
    serial: bytes


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IssuedCertificate:
    """What the authority hands over; DER, serial big-endian and minimal."""

    certificate: bytes
    serial: bytes
    authority_certificate: bytes
    receipt: KeptReceipt
    """Verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What the authority did."""

    revoked_at: datetime
    """Whole seconds."""
    receipt: KeptReceipt
    """Verified."""


class CertificationAuthority(Protocol):
    """Raises the authority's own refusals, ``RECEIPT_REFUSED`` for an answer that is not to be
    believed, and ``SERVICE_UNAVAILABLE``, ``DEADLINE_EXCEEDED``."""

    def issue(self, order: IssueOrder) -> IssuedCertificate:
        """Certify; again with the same order gives the same bytes."""

    def revoke(self, order: RevokeOrder) -> Revocation:
        """Revoke; durable when answered."""

    def revoke_changed(self, order: ChangedOrder) -> Revocation:
        """Revoke, as the register network told of a change; durable when answered."""

    def revoked_at(self, authority_id: AuthorityId, serial: bytes) -> datetime | None:
        """When a certificate was revoked; None if it was not."""

    def fee_cause(self, authority_id: AuthorityId, serial: bytes) -> RevocationCause | None:
        """Why a certificate was revoked, where what is paid for a new one depends on it
        (:data:`openjpki.domain.fees.FEE_CAUSES`); None for every other cause, or none."""

    def key_fingerprints(self) -> frozenset[bytes]:
        """SHA-256 of the SubjectPublicKeyInfo of every authority there is."""


def authority_of(municipality: Municipality) -> AuthorityId:
    """The authority that certifies signature keys of a municipality's residents."""
    return AuthorityId(AuthorityKind.SIGNING, municipality.prefecture)
