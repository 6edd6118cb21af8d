"""Fees, between the contract's messages and values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import fees_pb2 as pb
from openjpki.domain.fees import FeeGround, ReceiptNumber, VoidReason
from openjpki.domain.window import WindowId
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.fees import Fee, FeeReceipt
    from openjpki.services.registration.context import WindowCall
    from openjpki.services.registration.fees.daily_fees import DailyFees

_GROUND, _REASON = "FEE_GROUND_", "FEE_VOID_REASON_"


def window_of(request: pb.TakeFeeRequest | pb.VoidFeeReceiptRequest, call: WindowCall) -> WindowId:
    """Where it is done. Raises INVALID_FIELD, UNKNOWN_MUNICIPALITY, and OUT_OF_SCOPE for another
    municipality's window."""
    window = WindowId.parse(request.window_id)
    if window.municipality != call.municipality:
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE, "must be a window of the municipality", field="window_id"
        )
    return window


def number_of(request: pb.VoidFeeReceiptRequest) -> ReceiptNumber:
    """Which receipt."""
    return ReceiptNumber(request.year, request.number)


def reason_of(request: pb.VoidFeeReceiptRequest) -> VoidReason:
    """Why it is void."""
    return VoidReason[pb.FeeVoidReason.Name(request.reason).removeprefix(_REASON)]


def fee_message(fee: Fee, receipts: Iterable[FeeReceipt]) -> pb.GetFeeResponse:
    """What is to be paid, and what was."""
    return pb.GetFeeResponse(
        ground=_ground(fee.ground),
        yen=fee.yen,
        rules_version=fee.rules_version,
        receipts=map(receipt_message, receipts),
    )


def receipt_message(receipt: FeeReceipt) -> pb.FeeReceipt:
    """One receipt."""
    message = pb.FeeReceipt(
        year=receipt.number.year,
        number=receipt.number.number,
        application_id=receipt.application_id,
        ground=_ground(receipt.ground),
        yen=receipt.yen,
        rules_version=receipt.rules_version,
        window_id=receipt.window.text,
        officer=receipt.officer.text,
    )
    message.taken_at.FromDatetime(receipt.taken_at)
    if receipt.void is not None:
        message.void.reason = pb.FeeVoidReason.Value(_REASON + receipt.void.reason.name)
        message.void.window_id = receipt.void.window.text
        message.void.officer = receipt.void.officer.text
        message.void.voided_at.FromDatetime(receipt.void.at)
    return message


def daily_message(day: DailyFees) -> pb.GetDailyFeesResponse:
    """A day's totals."""
    return pb.GetDailyFeesResponse(
        fees=[
            pb.DailyFees(
                window_id=one.window_id,
                ground=_ground(FeeGround(one.ground)),
                taken=one.taken,
                taken_yen=one.taken_yen,
                repaid=one.repaid,
                repaid_yen=one.repaid_yen,
                cancelled=one.cancelled,
                cancelled_yen=one.cancelled_yen,
                earlier_cancelled=one.earlier_cancelled,
                earlier_cancelled_yen=one.earlier_cancelled_yen,
            )
            for one in day.fees
        ],
        first_number=day.first_number,
        last_number=day.last_number,
    )


def _ground(ground: FeeGround) -> pb.FeeGround.ValueType:
    return pb.FeeGround.Value(_GROUND + ground.name)
