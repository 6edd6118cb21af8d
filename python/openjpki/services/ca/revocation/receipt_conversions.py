"""The receipt of a revocation, put into its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.ca.revocation.answer_conversions import changed_message_of, message_of
from openjpki.services.common.receipts import (
    ChangedRevocationAsked,
    RevocationAsked,
    RevocationResult,
)

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.services.ca.receipts.receipts import Receipts
    from openjpki.services.ca.revocation.answer_conversions import Revoked
    from openjpki.services.ca.revocation.revocation_order import RevocationOrder
    from openjpki.services.ca.revocation.revoke_changed import ChangedCertificate
    from openjpki.storage.kernel.requests import RequestKey


def with_receipt(
    revoked: Revoked, receipts: Receipts, order: RevocationOrder, request: RequestKey
) -> ca_pb2.RevokeCertificateResponse:
    """The answer. Raises as :meth:`Receipts.sign`."""
    answer = message_of(revoked)
    asked = RevocationAsked(
        request_id=request.request_id,
        authority_id=order.authority_id,
        serial=order.serial,
        cause=order.cause,
        signatures=(order.asked.signature,),
    )
    result = RevocationResult(revoked_at=revoked.revoked_at, sequence=revoked.sequence)
    signed = receipts.sign(request, asked.sha256(), result.sha256(), result.revoked_at)
    answer.receipt.key_sha256 = signed.key_sha256
    answer.receipt.signature = signed.signature
    return answer


def changed_with_receipt(
    revoked: Revoked, receipts: Receipts, order: ChangedCertificate, request: RequestKey
) -> ca_pb2.RevokeChangedCertificateResponse:
    """The answer where it ended by a change notice. Raises as :meth:`Receipts.sign`."""
    answer = changed_message_of(revoked)
    asked = ChangedRevocationAsked(
        request_id=request.request_id,
        authority_id=order.authority_id,
        municipality_code=order.municipality.code,
        serial=order.serial,
    )
    result = RevocationResult(revoked_at=revoked.revoked_at, sequence=revoked.sequence)
    signed = receipts.sign(request, asked.sha256(), result.sha256(), result.revoked_at)
    answer.receipt.key_sha256 = signed.key_sha256
    answer.receipt.signature = signed.signature
    return answer
