"""CrossCertificationService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.officer_signature import from_message
from openjpki.services.bridge.authority.certification_request import certification_request
from openjpki.services.bridge.exchange import conversions
from openjpki.services.bridge.exchange.answers import as_answered, as_it_stands, not_found
from openjpki.services.bridge.exchange.decisions import approve, reject
from openjpki.services.bridge.exchange.pending import MOST_SHOWN, pending_approvals
from openjpki.services.bridge.exchange.propose import propose
from openjpki.services.bridge.exchange.revoke import approve_revocation, propose_revocation
from openjpki.services.bridge.partners.conversions import registration
from openjpki.services.bridge.partners.register_partner import register_partner
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.exchange.answers import CrossAnswer

_SERVICE = "openjpki.api.bridge.v1.CrossCertificationService"


class CrossCertificationServicer(bridge_pb2_grpc.CrossCertificationServiceServicer):
    """Partners, proposals, decisions."""

    def __init__(self, bridge: BridgeContext, *, publish: Callable[[], object]) -> None:
        """``publish``: called when a revocation is durable that lists are to have now."""
        self._bridge = bridge
        self._publish = publish

    def RegisterPartner(  # noqa: N802
        self, request: pb.RegisterPartnerRequest, context: grpc.ServicerContext
    ) -> pb.RegisterPartnerResponse:
        """Make a partner known."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RegisterPartner")
        register_partner(self._bridge, registration(request), request_key)
        return pb.RegisterPartnerResponse()

    def GetCertificationRequest(  # noqa: N802
        self, request: pb.GetCertificationRequestRequest, context: grpc.ServicerContext
    ) -> pb.GetCertificationRequestResponse:
        """The service bridge's PKCS#10."""
        del context
        return pb.GetCertificationRequestResponse(
            certification_request=certification_request(self._bridge, request.partner_id)
        )

    def ProposeCrossCertification(  # noqa: N802
        self, request: pb.ProposeCrossCertificationRequest, context: grpc.ServicerContext
    ) -> pb.ProposeCrossCertificationResponse:
        """Open a cross-certification in one direction."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeCrossCertification")
        answer = propose(self._bridge, conversions.proposal(request), request_key)
        return pb.ProposeCrossCertificationResponse(cross_certification=self._message(answer))

    def ApproveCrossCertification(  # noqa: N802
        self, request: pb.ApproveCrossCertificationRequest, context: grpc.ServicerContext
    ) -> pb.ApproveCrossCertificationResponse:
        """One officer's approval; the second one carries it out."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveCrossCertification")
        officer = conversions.officer(peer_of(context))
        signature = from_message(request.approval, field="approval")
        identifier = request.cross_certification_id.lower()
        answer = approve(self._bridge, identifier, officer, signature, request_key)
        return pb.ApproveCrossCertificationResponse(cross_certification=self._message(answer))

    def RejectCrossCertification(  # noqa: N802
        self, request: pb.RejectCrossCertificationRequest, context: grpc.ServicerContext
    ) -> pb.RejectCrossCertificationResponse:
        """One officer's rejection ends it."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RejectCrossCertification")
        officer = conversions.officer(peer_of(context))
        answer = reject(self._bridge, request.cross_certification_id.lower(), officer, request_key)
        return pb.RejectCrossCertificationResponse(cross_certification=self._message(answer))

    def ProposeCrossRevocation(  # noqa: N802
        self, request: pb.ProposeCrossRevocationRequest, context: grpc.ServicerContext
    ) -> pb.ProposeCrossRevocationResponse:
        """One officer's proposal to end a cross certificate."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeCrossRevocation")
        wanted = conversions.ending(request, peer_of(context))
        answer = propose_revocation(self._bridge, wanted, request_key)
        return pb.ProposeCrossRevocationResponse(cross_certification=self._message(answer))

    def ApproveCrossRevocation(  # noqa: N802
        self, request: pb.ApproveCrossRevocationRequest, context: grpc.ServicerContext
    ) -> pb.ApproveCrossRevocationResponse:
        """Another officer's approval ends it."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveCrossRevocation")
        wanted = conversions.ending(request, peer_of(context))
        answer = approve_revocation(self._bridge, wanted, request_key)
        self._publish()
        return pb.ApproveCrossRevocationResponse(cross_certification=self._message(answer))

    def GetCrossCertification(  # noqa: N802
        self, request: pb.GetCrossCertificationRequest, context: grpc.ServicerContext
    ) -> pb.GetCrossCertificationResponse:
        """As it stands now."""
        del context
        found = as_it_stands(self._bridge, request.cross_certification_id.lower())
        # Another partner's is answered like one that does not exist, so that nobody learns of it.
        if found is None or found.record.partner_id != request.partner_id:
            raise not_found()
        return pb.GetCrossCertificationResponse(
            cross_certification=conversions.cross_message(found)
        )

    def ListPendingApprovals(  # noqa: N802
        self, request: pb.ListPendingApprovalsRequest, context: grpc.ServicerContext
    ) -> pb.ListPendingApprovalsResponse:
        """What waits for officers, first what waits longest."""
        del request, context
        found = pending_approvals(self._bridge)
        return pb.ListPendingApprovalsResponse(
            approvals=map(conversions.pending_message, found[:MOST_SHOWN]),
            more=max(0, len(found) - MOST_SHOWN),
        )

    def _message(self, answer: CrossAnswer) -> pb.CrossCertification:
        return conversions.cross_message(as_answered(self._bridge, answer))
