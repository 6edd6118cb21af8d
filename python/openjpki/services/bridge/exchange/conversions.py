"""Between the contract's messages and the exchange's values: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.ca.v1 import ca_pb2
from openjpki.rpc.officer_signature import from_message
from openjpki.services.bridge.cause_conversions import CAUSES_READ, CROSS_CAUSES
from openjpki.services.bridge.exchange.decisions import Officer
from openjpki.services.bridge.exchange.propose import Proposal
from openjpki.services.bridge.exchange.revoke import Ending
from openjpki.storage.bridge.kinds import Direction, State

if TYPE_CHECKING:
    from openjpki.rpc.identity.peer import PeerIdentity
    from openjpki.services.bridge.exchange.answers import Answered
    from openjpki.services.bridge.exchange.pending import Pending

_DIRECTIONS = {
    Direction.TO_PARTNER: pb.DIRECTION_TO_PARTNER,
    Direction.FROM_PARTNER: pb.DIRECTION_FROM_PARTNER,
}
_DIRECTIONS_READ = {number: direction for direction, number in _DIRECTIONS.items()}
_STATES = {
    State.PENDING: pb.CROSS_CERTIFICATION_STATE_PENDING,
    State.APPROVED: pb.CROSS_CERTIFICATION_STATE_APPROVED,
    State.ISSUED: pb.CROSS_CERTIFICATION_STATE_ISSUED,
    State.REJECTED: pb.CROSS_CERTIFICATION_STATE_REJECTED,
    State.REVOKED: pb.CROSS_CERTIFICATION_STATE_REVOKED,
}


def proposal(request: pb.ProposeCrossCertificationRequest) -> Proposal:
    """What is proposed; a pair of policies named twice counts once."""
    return Proposal(
        partner_id=request.partner_id,
        direction=_DIRECTIONS_READ[request.direction],
        mappings=tuple(
            dict.fromkeys(
                (one.issuer_domain_policy, one.subject_domain_policy)
                for one in request.policy_mappings
            )
        ),
        certification_request=request.certification_request or None,
        certificate=request.certificate or None,
    )


def officer(peer: PeerIdentity) -> Officer:
    """Who decides, from the caller's certificate."""
    # Whatever the case it is written in, one account is one person.
    return Officer(peer.subject.casefold(), f"{peer.role.value}/{peer.scope}/{peer.subject}")


def ending(
    request: pb.ProposeCrossRevocationRequest | pb.ApproveCrossRevocationRequest,
    peer: PeerIdentity,
) -> Ending:
    """What an officer wants to end. Raises ``INVALID_FIELD``."""
    return Ending(
        cross_certification_id=request.cross_certification_id.lower(),
        cause=CAUSES_READ[request.cause],
        officer=officer(peer),
        signature=from_message(request.approval, field="approval"),
    )


def cross_message(answered: Answered) -> pb.CrossCertification:
    """What the caller is told of a cross-certification."""
    record = answered.record
    message = pb.CrossCertification(
        cross_certification_id=record.cross_certification_id,
        partner_id=record.partner_id,
        direction=_DIRECTIONS[record.direction],
        state=_STATES[record.state],
        policy_mappings=[
            ca_pb2.PolicyMapping(issuer_domain_policy=issuer, subject_domain_policy=subject)
            for issuer, subject in record.mappings
        ],
        approved_by=[one.actor for one in record.approvals],
        certificate=record.certificate or b"",
        refusal=record.refusal or "",
        certification_request=record.certification_request or b"",
        offered=record.offered or b"",
    )
    revocation = answered.revocation
    if revocation is not None:
        proposed_by, *approved_by = revocation.officers
        message.revocation.cause = CROSS_CAUSES[revocation.cause]
        message.revocation.proposed_by = proposed_by
        message.revocation.approved_by = "".join(approved_by)
        message.revocation.unheard = revocation.unheard
        message.revocation.signed_anew_by = revocation.signed_anew_by
        if revocation.revoked_at is not None:
            message.revocation.revoked_at.FromDatetime(revocation.revoked_at)
    return message


def pending_message(pending: Pending) -> pb.PendingApproval:
    """What an officer is told of something that waits."""
    message = pb.PendingApproval(cross_certification=cross_message(pending.answered))
    message.proposed_at.FromDatetime(pending.proposed_at)
    return message
