"""FeeService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import fees_pb2 as pb
from openjpki.api.registration.v1 import fees_pb2_grpc
from openjpki.domain.municipality import Municipality
from openjpki.rpc.current_call import peer_of
from openjpki.services.registration.applications.conversions import application_id, window_call
from openjpki.services.registration.applications.list_conversions import day
from openjpki.services.registration.fees import conversions
from openjpki.services.registration.fees.daily_fees import daily_fees
from openjpki.services.registration.fees.fee_of import fee_of, receipts_of
from openjpki.services.registration.fees.take_fee import take_fee, void_receipt
from openjpki.services.registration.journal_refusals import recording_refusals

if TYPE_CHECKING:
    import grpc

    from openjpki.services.registration.context import RegistrationContext, WindowCall

_SERVICE = "openjpki.api.registration.v1.FeeService"


class FeeServicer(fees_pb2_grpc.FeeServiceServicer):
    """What window staff take, and hold against the till."""

    def __init__(self, registration: RegistrationContext) -> None:
        self._registration = registration

    def GetFee(  # noqa: N802
        self, request: pb.GetFeeRequest, context: grpc.ServicerContext
    ) -> pb.GetFeeResponse:
        """What is to be paid, and the receipts that there are."""
        del context
        wanted = application_id(request)
        fee = fee_of(self._registration, request.municipality_code, wanted)
        return conversions.fee_message(fee, receipts_of(self._registration, wanted))

    def TakeFee(  # noqa: N802
        self, request: pb.TakeFeeRequest, context: grpc.ServicerContext
    ) -> pb.TakeFeeResponse:
        """Records that it was paid."""
        wanted = application_id(request)
        call = self._call("TakeFee", request, context)
        with recording_refusals(self._registration, call, wanted):
            window = conversions.window_of(request, call)
            receipt = take_fee(self._registration, call, wanted, window, request.yen)
        return pb.TakeFeeResponse(receipt=conversions.receipt_message(receipt))

    def VoidFeeReceipt(  # noqa: N802
        self, request: pb.VoidFeeReceiptRequest, context: grpc.ServicerContext
    ) -> pb.VoidFeeReceiptResponse:
        """Makes a receipt void."""
        call = self._call("VoidFeeReceipt", request, context)
        with recording_refusals(self._registration, call):
            receipt = void_receipt(
                self._registration,
                call,
                conversions.number_of(request),
                conversions.window_of(request, call),
                conversions.reason_of(request),
            )
        return pb.VoidFeeReceiptResponse(receipt=conversions.receipt_message(receipt))

    def GetDailyFees(  # noqa: N802
        self, request: pb.GetDailyFeesRequest, context: grpc.ServicerContext
    ) -> pb.GetDailyFeesResponse:
        """A day's totals."""
        del context
        municipality = Municipality.parse(request.municipality_code)
        begin = day(request.day, field="day")
        return conversions.daily_message(daily_fees(self._registration, municipality, begin))

    def _call(
        self,
        method: str,
        request: pb.TakeFeeRequest | pb.VoidFeeReceiptRequest,
        context: grpc.ServicerContext,
    ) -> WindowCall:
        return window_call(
            method, request, peer_of(context), self._registration.references, service=_SERVICE
        )
