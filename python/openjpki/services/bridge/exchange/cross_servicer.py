"""CrossCertificationService: partners, proposals, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2, bridge_pb2_grpc
from openjpki.rpc.server.call import peer_of
from openjpki.services.bridge.exchange.answers import cross_message
from openjpki.services.bridge.authority.certification_request import get_certification_request
from openjpki.services.bridge.exchange.decisions import Officer, approve, not_found, reject
from openjpki.services.bridge.exchange.propose import propose
from openjpki.services.bridge.partners.register_partner import register_partner
from openjpki.services.common.request_key import request_key
from openjpki.storage.bridge import crosses

if TYPE_CHECKING:
    import grpc

    from openjpki.services.bridge.context import BridgeContext

_SERVICE = "openjpki.api.bridge.v1.CrossCertificationService"


class CrossCertificationServicer(bridge_pb2_grpc.CrossCertificationServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, bridge: BridgeContext) -> None:
        self._bridge = bridge

    def RegisterPartner(  # noqa: N802
        self, request: bridge_pb2.RegisterPartnerRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.RegisterPartnerResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/RegisterPartner")
        answer = register_partner(self._bridge, request, key)
        return bridge_pb2.RegisterPartnerResponse.FromString(answer)

    def GetCertificationRequest(  # noqa: N802
        self, request: bridge_pb2.GetCertificationRequestRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.GetCertificationRequestResponse:
        """See the contract."""
        del context
        return get_certification_request(self._bridge, request)

    def ProposeCrossCertification(  # noqa: N802
        self, request: bridge_pb2.ProposeCrossCertificationRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ProposeCrossCertificationResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/ProposeCrossCertification")
        answer = propose(self._bridge, request, key)
        return bridge_pb2.ProposeCrossCertificationResponse.FromString(answer)

    def ApproveCrossCertification(  # noqa: N802
        self, request: bridge_pb2.ApproveCrossCertificationRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ApproveCrossCertificationResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/ApproveCrossCertification")
        answer = approve(
            self._bridge,
            request.cross_certification_id.lower(),
            Officer.of(peer_of(context)),
            key,
        )
        return bridge_pb2.ApproveCrossCertificationResponse.FromString(answer)

    def RejectCrossCertification(  # noqa: N802
        self, request: bridge_pb2.RejectCrossCertificationRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.RejectCrossCertificationResponse:
        """See the contract."""
        key = request_key(request, context, f"{_SERVICE}/RejectCrossCertification")
        answer = reject(
            self._bridge,
            request.cross_certification_id.lower(),
            Officer.of(peer_of(context)),
            key,
        )
        return bridge_pb2.RejectCrossCertificationResponse.FromString(answer)

    def GetCrossCertification(  # noqa: N802
        self, request: bridge_pb2.GetCrossCertificationRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.GetCrossCertificationResponse:
        """See the contract."""
        del context
        with self._bridge.database.reading() as tx:
            found = crosses.get(tx, request.cross_certification_id.lower())
        # One of another partner's is as if it were not there.
        if found is None or found.partner_id != request.partner_id:
            raise not_found()
        return bridge_pb2.GetCrossCertificationResponse(cross_certification=cross_message(found))
