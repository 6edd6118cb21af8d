"""Answers of the officers' register: records as messages, serialised for the log of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.officers import KeyState
from openjpki.domain.officers.enrolment import ProposalKind, RevocationOfOfficer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.storage.officers.keys import KeyRecord
    from openjpki.storage.officers.proposals import ProposalRecord, UnreadableProposal

_STATES = {
    KeyState.ENROLLED: pb.OFFICER_KEY_STATE_ENROLLED,
    KeyState.SUSPENDED: pb.OFFICER_KEY_STATE_SUSPENDED,
    KeyState.REVOKED: pb.OFFICER_KEY_STATE_REVOKED,
}
_KINDS = {
    ProposalKind.ENROLMENT: pb.PROPOSAL_KIND_ENROLMENT,
    ProposalKind.RENEWAL: pb.PROPOSAL_KIND_RENEWAL,
    ProposalKind.REVOCATION: pb.PROPOSAL_KIND_REVOCATION,
}
CAUSES = {
    RevocationOfOfficer.LEFT: pb.OFFICER_REVOCATION_CAUSE_LEFT,
    RevocationOfOfficer.KEY_COMPROMISE: pb.OFFICER_REVOCATION_CAUSE_KEY_COMPROMISE,
    RevocationOfOfficer.MISUSE: pb.OFFICER_REVOCATION_CAUSE_MISUSE,
}


def key_message(record: KeyRecord) -> pb.OfficerKey:
    """One key."""
    key = record.key
    message = pb.OfficerKey(
        officer=str(key.officer),
        key_sha256=key.key_sha256,
        state=_STATES[key.state],
        replaced_by=record.replaced_by or b"",
    )
    message.not_before.FromDatetime(key.not_before)
    message.not_after.FromDatetime(key.not_after)
    return message


def proposal_message(record: ProposalRecord) -> pb.Proposal:
    """One proposal."""
    message = pb.Proposal(
        proposal_id=record.proposal_id,
        kind=_KINDS[record.kind],
        officer=str(record.officer),
        proposed_by=record.proposed_by,
    )
    message.proposed_at.FromDatetime(record.proposed_at)
    asks = record.asks_for
    if isinstance(asks, RevocationOfOfficer):
        message.cause = CAUSES[asks]
    else:
        message.key_sha256 = asks.public_key.sha256
        message.replaces = asks.replaces or b""
        message.not_before.FromDatetime(asks.period.not_before)
        message.not_after.FromDatetime(asks.period.not_after)
    return message


def unreadable_message(one: UnreadableProposal) -> pb.UnreadableProposal:
    """One that can't be read."""
    return pb.UnreadableProposal(
        proposal_id=one.proposal_id, revokes=one.revokes, proposed_by=one.proposed_by
    )


def proposed(record: ProposalRecord) -> bytes:
    """Of ProposeOfficer."""
    return pb.ProposeOfficerResponse(proposal=proposal_message(record)).SerializeToString()


def approved(records: Iterable[KeyRecord]) -> bytes:
    """Of ApproveOfficer."""
    return pb.ApproveOfficerResponse(keys=map(key_message, records)).SerializeToString()


def rejected(records: Iterable[KeyRecord]) -> bytes:
    """Of RejectOfficer."""
    return pb.RejectOfficerResponse(keys=map(key_message, records)).SerializeToString()


def suspended(record: ProposalRecord, keys: Iterable[KeyRecord]) -> bytes:
    """Of RevokeOfficer."""
    return pb.RevokeOfficerResponse(
        proposal=proposal_message(record), keys=map(key_message, keys)
    ).SerializeToString()
