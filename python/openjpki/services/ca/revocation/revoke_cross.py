"""Ending a cross certificate before its time, as two officers of the bridge decided (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.revocation.answer_conversions import from_bytes, to_bytes
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.storage.ca import certificates
from openjpki.storage.ca.kinds import CertificateKind

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_OFFICERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossRevocationOrder:
    """Which cross certificate is to end, and why."""

    authority_id: AuthorityId
    serial: bytes
    cause: CrossRevocationCause
    approved_by: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse fewer than two different officers: ``SAME_OFFICER``."""
        if len(set(self.approved_by)) < _OFFICERS:
            raise OpenJpkiError(
                Reason.SAME_OFFICER, "must name two different officers", field="approved_by"
            )


def revoke_cross(ca: CaContext, order: CrossRevocationOrder, request_key: RequestKey) -> Revoked:
    """What was done, durable when this returns; the first answer on a retry.

    Raises ``AUTHORITY_NOT_FOUND``, ``CERTIFICATE_NOT_FOUND``, ``CERTIFICATE_EXPIRED``,
    ``ALREADY_REVOKED``, ``NOT_THE_OWNER``.
    """

    def revoke(tx: Transaction) -> bytes:
        require_authority(tx, order.authority_id)
        found = certificates.get(tx, order.authority_id, order.serial)
        if found is None or found.kind is not CertificateKind.CROSS:
            raise OpenJpkiError(
                Reason.CERTIFICATE_NOT_FOUND,
                "is not the serial number of a cross certificate of this authority",
                field="serial",
            )
        proposed_by, approved_by = order.approved_by[:2]
        facts = {"proposed_by": proposed_by, "approved_by": approved_by}
        ending = Ending(order.cause.name, order.cause.reason, facts)
        return to_bytes(end_certificate(ca, tx, found, ending, request_key))

    with ca.fence.writing(order.authority_id) as writer:
        answer = ca.requests.once(writer, request_key, ca.clock.now(), revoke)
    ca.checkpoint("revoked")
    return from_bytes(answer)
