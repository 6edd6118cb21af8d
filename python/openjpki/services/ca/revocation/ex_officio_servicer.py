"""ExOfficioService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import caller_of, peer_of
from openjpki.services.ca.revocation.approve_ex_officio import approve_proposal
from openjpki.services.ca.revocation.ex_officio import (
    list_proposals,
    propose_revocation,
    withdraw_proposal,
)
from openjpki.services.ca.revocation.ex_officio_conversions import (
    error_order,
    own_word,
    proposal_message,
    states_of,
)
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    import grpc

    from openjpki.services.ca.context import CaContext

_SERVICE = "openjpki.api.ca.v1.ExOfficioService"


class ExOfficioServicer(ca_pb2_grpc.ExOfficioServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, ca: CaContext) -> None:
        self._ca = ca

    def ProposeRevocation(  # noqa: N802
        self, request: ca_pb2.ProposeRevocationRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ProposeRevocationResponse:
        """One officer's proposal."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeRevocation")
        proposal = propose_revocation(
            self._ca,
            error_order(request, peer_of(context)),
            request_key,
            proposed_with=caller_of(context).fingerprint,
        )
        return ca_pb2.ProposeRevocationResponse(proposal=proposal_message(proposal))

    def ApproveRevocation(  # noqa: N802
        self, request: ca_pb2.ApproveRevocationRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ApproveRevocationResponse:
        """Another officer's approval, and the revocation."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveRevocation")
        proposal = approve_proposal(
            self._ca,
            AuthorityId.parse(request.authority_id),
            request.proposal_id.lower(),
            own_word(request, "approved", peer_of(context)),
            request_key,
        )
        return ca_pb2.ApproveRevocationResponse(proposal=proposal_message(proposal))

    def WithdrawRevocation(  # noqa: N802
        self, request: ca_pb2.WithdrawRevocationRequest, context: grpc.ServicerContext
    ) -> ca_pb2.WithdrawRevocationResponse:
        """Nothing is revoked by it any more."""
        request_key = request_key_of(request, context, f"{_SERVICE}/WithdrawRevocation")
        proposal = withdraw_proposal(
            self._ca,
            AuthorityId.parse(request.authority_id),
            request.proposal_id.lower(),
            request_key,
        )
        return ca_pb2.WithdrawRevocationResponse(proposal=proposal_message(proposal))

    def ListRevocationProposals(  # noqa: N802
        self, request: ca_pb2.ListRevocationProposalsRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ListRevocationProposalsResponse:
        """What waits, or what became of it."""
        del context
        found = list_proposals(
            self._ca,
            AuthorityId.parse(request.authority_id),
            states_of(request),
            request.serial or None,
        )
        return ca_pb2.ListRevocationProposalsResponse(proposals=map(proposal_message, found))
