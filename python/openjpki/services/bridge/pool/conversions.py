"""Elements of the pool as the contract writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool.elements import ElementKind, ElementOrigin
from openjpki.signer_core import PathCertificate

if TYPE_CHECKING:
    from openjpki.services.bridge.pool.elements import Element

KINDS: Final = {
    ElementKind.CERTIFICATE: pb.POOL_ELEMENT_KIND_CERTIFICATE,
    ElementKind.REVOCATION_LIST: pb.POOL_ELEMENT_KIND_REVOCATION_LIST,
}
ORIGINS: Final = {
    ElementOrigin.AUTHORITY: pb.POOL_ELEMENT_ORIGIN_AUTHORITY,
    ElementOrigin.CROSS_CERTIFICATION: pb.POOL_ELEMENT_ORIGIN_CROSS_CERTIFICATION,
    ElementOrigin.SUBMITTED: pb.POOL_ELEMENT_ORIGIN_SUBMITTED,
}


def moment(request: pb.ListPoolElementsRequest) -> datetime | None:
    """The time that is asked about; None: now. Raises ``INVALID_FIELD``."""
    if not request.HasField("at"):
        return None
    try:
        return request.at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be a time", field="at") from error


def element_message(element: Element) -> pb.PoolElement:
    """What an officer is told of it."""
    message = pb.PoolElement(
        sha256=element.sha256,
        kind=KINDS[element.kind],
        origin=ORIGINS[element.origin],
        partner_id=element.partner_id,
        fault=element.fault,
    )
    read = element.read
    if isinstance(read, PathCertificate):
        message.subject = read.subject_text
        message.ends_at.FromSeconds(read.not_after)
    elif read is not None:
        message.subject = read.issuer_text
        if read.next_update is not None:
            message.ends_at.FromSeconds(read.next_update)
    return message
