"""OfficerRegisterService: which officers a service knows, and by which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.api.officers.v1 import officers_pb2_grpc
from openjpki.domain.evidence.statement import SHA256_OCTETS
from openjpki.domain.officers import Officer
from openjpki.domain.served_scope import ServedScope
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import caller_of, peer_of
from openjpki.rpc.officer_signature import from_message, moment
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.answer_conversions import (
    CAUSES,
    key_message,
    proposal_message,
    unreadable_message,
)
from openjpki.services.common.officers.decide import approve_officer, reject_officer
from openjpki.services.common.officers.propose import KeyOrder, propose_officer
from openjpki.services.common.officers.reach import reaches, reaches_proposal, require_reach
from openjpki.services.common.officers.revoke import revoke_officer
from openjpki.services.common.request_key import request_key_of
from openjpki.storage.officers import keys, proposals

if TYPE_CHECKING:
    import grpc

    from openjpki.services.common.officers.context import OfficersContext

_SERVICE = "openjpki.api.officers.v1.OfficerRegisterService"
_PAGE = 500
_CAUSES = {number: cause for cause, number in CAUSES.items()}


class OfficersServicer(officers_pb2_grpc.OfficerRegisterServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, register: OfficersContext) -> None:
        self._register = register

    def ProposeOfficer(  # noqa: N802
        self, request: pb.ProposeOfficerRequest, context: grpc.ServicerContext
    ) -> pb.ProposeOfficerResponse:
        """Proposes a key."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeOfficer")
        order = KeyOrder(
            public_key=request.public_key,
            presented=from_message(request.presented, field="presented"),
            replaces=_fingerprint(request.replaces),
            not_before=(
                moment(request.not_before, field="not_before")
                if request.HasField("not_before")
                else None
            ),
            not_after=(
                moment(request.not_after, field="not_after")
                if request.HasField("not_after")
                else None
            ),
        )
        answer = propose_officer(
            self._register,
            order,
            _reach(context),
            request_key,
            proposed_with=caller_of(context).fingerprint,
        )
        return pb.ProposeOfficerResponse.FromString(answer)

    def ApproveOfficer(  # noqa: N802
        self, request: pb.ApproveOfficerRequest, context: grpc.ServicerContext
    ) -> pb.ApproveOfficerResponse:
        """Carries a proposal out."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveOfficer")
        identifier = request.proposal_id.lower()
        answer = approve_officer(self._register, identifier, _reach(context), request_key)
        return pb.ApproveOfficerResponse.FromString(answer)

    def RejectOfficer(  # noqa: N802
        self, request: pb.RejectOfficerRequest, context: grpc.ServicerContext
    ) -> pb.RejectOfficerResponse:
        """Ends a proposal."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RejectOfficer")
        identifier = request.proposal_id.lower()
        answer = reject_officer(self._register, identifier, _reach(context), request_key)
        return pb.RejectOfficerResponse.FromString(answer)

    def RevokeOfficer(  # noqa: N802
        self, request: pb.RevokeOfficerRequest, context: grpc.ServicerContext
    ) -> pb.RevokeOfficerResponse:
        """Suspends an officer's keys."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RevokeOfficer")
        officer = Officer.parse(request.officer, field="officer")
        cause = _CAUSES[request.cause]
        answer = revoke_officer(self._register, officer, cause, _reach(context), request_key)
        return pb.RevokeOfficerResponse.FromString(answer)

    def ListOfficers(  # noqa: N802
        self, request: pb.ListOfficersRequest, context: grpc.ServicerContext
    ) -> pb.ListOfficersResponse:
        """Keys, page by page: of the officers within the operator's reach."""
        reach = _reach(context)
        with self._register.database.reading() as tx:
            if request.officer:
                officer = Officer.parse(request.officer, field="officer")
                require_reach(reach, officer, field="officer")
                records = keys.of_officer(tx, officer, left_out=tell_left_out)
                return pb.ListOfficersResponse(keys=map(key_message, records))
            page = keys.page(tx, request.page, at_most=_PAGE, left_out=tell_left_out)
        return pb.ListOfficersResponse(
            keys=[key_message(one) for one in page.records if reaches(reach, one.key.officer)],
            next_page=page.last or b"",
        )

    def ListProposals(  # noqa: N802
        self, request: pb.ListProposalsRequest, context: grpc.ServicerContext
    ) -> pb.ListProposalsResponse:
        """What waits for a second operator, as far as the operator reaches."""
        del request
        reach = _reach(context)
        with self._register.database.reading() as tx:
            records = proposals.open_ones(tx, left_out=tell_left_out)
            unreadable = proposals.unreadable_ones(tx)
        within = [one for one in records if reaches(reach, one.officer)]
        ended_by_hand = [one for one in unreadable if reaches_proposal(reach, one)]
        return pb.ListProposalsResponse(
            proposals=map(proposal_message, within[:_PAGE]),
            unreadable=map(unreadable_message, ended_by_hand[:_PAGE]),
        )


def _reach(context: grpc.ServicerContext) -> ServedScope:
    """What the operator who calls operates; of nobody else is anything within it."""
    return peer_of(context).reach or ServedScope()


def _fingerprint(octets: bytes) -> bytes | None:
    if octets and len(octets) != SHA256_OCTETS:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be 32 octets (SHA-256), or empty", field="replaces"
        )
    return octets or None
