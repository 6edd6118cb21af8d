"""Proposed revocations, between the contract's messages and values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import from_message
from openjpki.services.ca.revocation.conversions import CAUSES
from openjpki.services.ca.revocation.ex_officio import ErrorOrder
from openjpki.storage.ca.revocation_proposals import ProposedState

if TYPE_CHECKING:
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.rpc.identity.peer import PeerIdentity
    from openjpki.storage.ca.revocation_proposals import RevocationProposal

_CAUSE, _STATE = "REVOCATION_CAUSE_", "REVOCATION_PROPOSAL_STATE_"


def error_order(request: ca_pb2.ProposeRevocationRequest, peer: PeerIdentity) -> ErrorOrder:
    """Raises ``INVALID_FIELD``, ``OFFICER_OUT_OF_SCOPE``."""
    return ErrorOrder(
        authority_id=AuthorityId.parse(request.authority_id),
        serial=request.serial,
        cause=CAUSES[request.cause],
        signed=own_word(request, "proposed", peer),
    )


def own_word(
    request: ca_pb2.ProposeRevocationRequest | ca_pb2.ApproveRevocationRequest,
    field: str,
    peer: PeerIdentity,
) -> OfficerSignature:
    """What the caller signed for this call. Raises ``INVALID_FIELD``, and ``OFFICER_OUT_OF_SCOPE``
    for another officer's word."""
    signed = from_message(getattr(request, field), field=field)
    officer = signed.occasion.officer
    if str(officer) != f"{peer.role.value}/{peer.scope}/{peer.subject}":
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE, "is not the word of whoever asks here", field=field
        )
    if signed.occasion.request_id != request.request_id.lower():
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be signed for this request", field=f"{field}.request_id"
        )
    return signed


def states_of(request: ca_pb2.ListRevocationProposalsRequest) -> list[ProposedState]:
    """Those that are asked for; none: all."""
    return [
        ProposedState[ca_pb2.RevocationProposalState.Name(one).removeprefix(_STATE)]
        for one in request.states
    ]


def proposal_message(proposal: RevocationProposal) -> ca_pb2.RevocationProposal:
    """One of them."""
    message = ca_pb2.RevocationProposal(
        authority_id=str(proposal.authority_id),
        proposal_id=proposal.proposal_id,
        serial=proposal.serial,
        cause=revocation_pb2.RevocationCause.Value(_CAUSE + proposal.cause.name),
        state=ca_pb2.RevocationProposalState.Value(_STATE + proposal.state.name),
        proposed_by=proposal.proposed_by,
        ended_by=proposal.ended_by or "",
    )
    message.proposed_at.FromDatetime(proposal.proposed_at)
    if proposal.ended_at is not None:
        message.ended_at.FromDatetime(proposal.ended_at)
    if proposal.evidence_until is not None:
        message.evidence_until.FromDatetime(proposal.evidence_until)
    return message
