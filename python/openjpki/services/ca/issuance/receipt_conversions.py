"""The receipt of an issuance, put into its answer."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.services.common.receipts import IssuanceAsked, IssuanceResult

if TYPE_CHECKING:
    from openjpki.services.ca.issuance.user_order import UserOrder
    from openjpki.services.ca.receipts.receipts import Receipts
    from openjpki.storage.kernel.requests import RequestKey


def with_receipt(
    kept: bytes, receipts: Receipts, order: UserOrder, request: RequestKey
) -> ca_pb2.IssueCertificateResponse:
    """``kept``: the serialised answer without it. Raises as :meth:`Receipts.sign`."""
    answer = ca_pb2.IssueCertificateResponse.FromString(kept)
    asked = IssuanceAsked(
        request_id=request.request_id,
        authority_id=order.authority_id,
        municipality_code=order.municipality.code,
        window_id=order.window.text,
        application_id=order.application_id,
        person_reference=order.person_reference,
        attributes=order.attributes,
        name_mask=order.name.mask,
        address_mask=order.address.mask,
        certification_request=order.certification_request,
        signatures=tuple(
            one.signature
            for one in (order.submitted, order.checked, order.presented, order.decided)
        ),
    )
    result = IssuanceResult(
        serial=answer.serial,
        certificate=answer.certificate,
        authority_certificate=answer.authority_certificate,
        generation=answer.generation,
        issued_at=answer.issued_at.ToDatetime(tzinfo=UTC),
    )
    signed = receipts.sign(request, asked.sha256(), result.sha256(), result.issued_at)
    answer.receipt.key_sha256 = signed.key_sha256
    answer.receipt.signature = signed.signature
    return answer
