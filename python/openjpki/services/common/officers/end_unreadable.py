"""The way out of a proposal that can't be read, which would otherwise stay for ever.

Who decides is another operator than who proposed, whatever it proposed: nobody knows what it was. A
key is not enrolled by it. Of a revocation the officer's keys are suspended, and what decides it is
all there: the second operator says whether they count again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers.enrolment import ProposalState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers.end_proposals import end_with_officer
from openjpki.services.common.officers_journal import (
    OFFICER_PROPOSAL_UNREADABLE,
    OFFICER_REINSTATED,
    OFFICER_REVOKED,
)
from openjpki.storage.kernel.acts import ACTOR
from openjpki.storage.officers import keys, proposals

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.officers.proposals import UnreadableProposal

_CAUSE = "unreadable"


def end_unreadable(
    register: OfficersContext,
    tx: Transaction,
    proposal: UnreadableProposal,
    caller: str,
    now: datetime,
    *,
    revoked: bool,
) -> Officer | None:
    """Approve it (``revoked``) or reject it; the officer, where that can be read. ``caller``: the
    second operator's SPIFFE id.

    Raises ``STORED_UNREADABLE`` for the approval of anything but a revocation of somebody.
    """
    if revoked and (not proposal.revokes or proposal.officer is None):
        raise OpenJpkiError(
            Reason.STORED_UNREADABLE,
            "can't be read, so that nobody can carry it out; reject it and propose anew",
            field="proposal_id",
        )
    if proposal.officer is not None:
        keys.queue_for(tx, proposal.officer)
    known: dict[str, Value] = {"proposal_id": proposal.proposal_id}
    if ACTOR.fits(proposal.proposed_by):
        known["proposed_by"] = proposal.proposed_by
    subject = proposal.proposal_id if proposal.officer is None else str(proposal.officer)

    def enter(act: Act, **facts: Value) -> None:
        register.enter(tx, act, subject, {**known, **facts}, actor=caller, at=now)

    enter(OFFICER_PROPOSAL_UNREADABLE, revokes=proposal.revokes)
    for key_sha256 in keys.end_suspension(tx, proposal.proposal_id, revoked=revoked):
        if revoked:
            enter(OFFICER_REVOKED, key_sha256=key_sha256.hex(), cause=_CAUSE)
        else:
            enter(OFFICER_REINSTATED, key_sha256=key_sha256.hex())
    if revoked and proposal.officer is not None:
        end_with_officer(register, tx, proposal.officer, by=caller, at=now)
    state = ProposalState.APPROVED if revoked else ProposalState.REJECTED
    proposals.decide(tx, proposal.proposal_id, state, by=caller, at=now)
    return proposal.officer
