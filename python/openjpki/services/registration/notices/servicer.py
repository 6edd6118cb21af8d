"""ChangeNoticeService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import change_notice_pb2 as pb
from openjpki.api.registration.v1 import change_notice_pb2_grpc
from openjpki.rpc.current_call import peer_of
from openjpki.services.registration.notices import conversions
from openjpki.services.registration.notices.reconcile import reconcile_notices
from openjpki.services.registration.notices.take_notices import notice_position, take_notices

if TYPE_CHECKING:
    import grpc

    from openjpki.services.registration.context import RegistrationContext


class ChangeNoticeServicer(change_notice_pb2_grpc.ChangeNoticeServiceServicer):
    """What the resident register network does."""

    def __init__(self, registration: RegistrationContext) -> None:
        self._registration = registration

    def SendChangeNotices(  # noqa: N802
        self, request: pb.SendChangeNoticesRequest, context: grpc.ServicerContext
    ) -> pb.SendChangeNoticesResponse:
        """Takes notices that follow one another."""
        position = take_notices(
            self._registration, conversions.batch_of(request), actor=peer_of(context).spiffe_id
        )
        return pb.SendChangeNoticesResponse(position=position)

    def GetNoticePosition(  # noqa: N802
        self, request: pb.GetNoticePositionRequest, context: grpc.ServicerContext
    ) -> pb.GetNoticePositionResponse:
        """Where the sender goes on."""
        del context
        position = notice_position(self._registration, conversions.municipality_of(request))
        return pb.GetNoticePositionResponse(position=position)

    def ReconcileNotices(  # noqa: N802
        self, request: pb.ReconcileNoticesRequest, context: grpc.ServicerContext
    ) -> pb.ReconcileNoticesResponse:
        """What came of the notices of a time."""
        del context
        found = reconcile_notices(
            self._registration,
            conversions.municipality_of(request),
            *conversions.time_of(request),
        )
        return conversions.reconciliation_message(found)
