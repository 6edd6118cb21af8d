"""The second operator's word on a proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers import EnrolledKey, KeyState
from openjpki.domain.officers.enrolment import (
    RENEWAL_OVERLAP,
    ProposalKind,
    ProposalState,
    RevocationOfOfficer,
)
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.answer_conversions import approved, rejected
from openjpki.services.common.officers.end_proposals import end_with_officer
from openjpki.services.common.officers.end_unreadable import end_unreadable
from openjpki.services.common.officers.propose import facts_of, require_enrollable
from openjpki.services.common.officers.reach import reaches_proposal
from openjpki.services.common.officers_journal import (
    OFFICER_ENROLLED,
    OFFICER_REINSTATED,
    OFFICER_REJECTED,
    OFFICER_REVOKED,
)
from openjpki.services.common.two_people import require_another, require_standing
from openjpki.storage.officers import keys, proposals
from openjpki.storage.officers.proposals import NewKey, UnreadableProposal

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.domain.served_scope import ServedScope
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.acts import Act
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.officers.keys import KeyRecord
    from openjpki.storage.officers.proposals import ProposalRecord


def approve_officer(
    register: OfficersContext, proposal_id: str, reach: ServedScope, request_key: RequestKey
) -> bytes:
    """The serialised response; the first one on a retry.

    Raises ``OFFICER_PROPOSAL_NOT_FOUND``, ``WRONG_STATE``, ``SAME_OFFICER``,
    ``STORED_UNREADABLE``, and of a key what proposing it raises: it may have become another's
    meanwhile. ``WRONG_STATE`` too of a key that an operator proposed who is denied since; a
    revocation only takes away, and is carried out whoever proposed it.
    """
    now = register.clock.now()

    def work(tx: Transaction) -> bytes:
        proposal = _open(tx, proposal_id, reach)
        _require_another(proposal, request_key.caller)
        if isinstance(proposal, UnreadableProposal):
            officer = end_unreadable(register, tx, proposal, request_key.caller, now, revoked=True)
            return approved(_kept_of(tx, officer))
        keys.queue_for(tx, proposal.officer)
        if isinstance(proposal.asks_for, RevocationOfOfficer):
            _end_suspension(register, tx, proposal, request_key.caller, now, revoked=True)
        else:
            require_standing(
                tx,
                proposal.proposed_by,
                certificate=proposal.proposed_with,
                field="proposal_id",
                state=proposal.state.value,
            )
            _enrol(register, tx, proposal, proposal.asks_for, request_key.caller, now)
        proposals.decide(tx, proposal_id, ProposalState.APPROVED, by=request_key.caller, at=now)
        return approved(_kept_of(tx, proposal.officer))

    answer = register.requests.once(register.database, request_key, now, work)
    register.checkpoint("officer decided")
    return answer


def reject_officer(
    register: OfficersContext, proposal_id: str, reach: ServedScope, request_key: RequestKey
) -> bytes:
    """The serialised response; the first one on a retry.

    Who proposed a key may take that back. A suspension is lifted by another operator alone, and by
    none who is the officer as well: it is then that signatures count again. So is what can't be
    read ended, whatever it was. Raises ``OFFICER_PROPOSAL_NOT_FOUND``, ``WRONG_STATE``,
    ``SAME_OFFICER``.
    """
    now = register.clock.now()

    def work(tx: Transaction) -> bytes:
        proposal = _open(tx, proposal_id, reach)
        if isinstance(proposal, UnreadableProposal):
            _require_may_lift(proposal, request_key.caller)
            officer = end_unreadable(register, tx, proposal, request_key.caller, now, revoked=False)
            return rejected(_kept_of(tx, officer))
        keys.queue_for(tx, proposal.officer)
        if proposal.kind is ProposalKind.REVOCATION:
            _require_may_lift(proposal, request_key.caller)
            _end_suspension(register, tx, proposal, request_key.caller, now, revoked=False)
        else:
            _enter(register, tx, OFFICER_REJECTED, proposal, request_key.caller, now)
        proposals.decide(tx, proposal_id, ProposalState.REJECTED, by=request_key.caller, at=now)
        return rejected(_kept_of(tx, proposal.officer))

    answer = register.requests.once(register.database, request_key, now, work)
    register.checkpoint("officer decided")
    return answer


def _open(
    tx: Transaction, proposal_id: str, reach: ServedScope
) -> ProposalRecord | UnreadableProposal:
    """What is beyond an operator's reach is not there for them, as it is not listed."""
    proposal = proposals.lock(tx, proposal_id)
    if proposal is None or not reaches_proposal(reach, proposal):
        raise OpenJpkiError(
            Reason.OFFICER_PROPOSAL_NOT_FOUND, "is no proposal here", field="proposal_id"
        )
    state = proposal.state if isinstance(proposal, UnreadableProposal) else proposal.state.value
    if state != ProposalState.OPEN.value:
        raise OpenJpkiError(
            Reason.WRONG_STATE, f"is {state} already", field="proposal_id", state=state
        )
    return proposal


def _kept_of(tx: Transaction, officer: Officer | None) -> list[KeyRecord]:
    """What the answer says of the officer's keys."""
    return [] if officer is None else keys.of_officer(tx, officer, left_out=tell_left_out)


def _require_another(proposal: ProposalRecord | UnreadableProposal, caller: str) -> None:
    require_another(
        proposal.proposed_by,
        caller,
        "must be decided by another operator than who proposed it",
        field="proposal_id",
    )


def _require_may_lift(proposal: ProposalRecord | UnreadableProposal, caller: str) -> None:
    _require_another(proposal, caller)
    if proposal.officer is not None:
        require_another(
            str(proposal.officer),
            caller,
            "is about you as an officer: another operator may end it",
            field="proposal_id",
        )


def _enrol(
    register: OfficersContext,
    tx: Transaction,
    proposal: ProposalRecord,
    asked: NewKey,
    caller: str,
    now: datetime,
) -> None:
    require_enrollable(register, tx, proposal.officer, asked, now)
    new = NewKey(
        public_key=asked.public_key,
        presented=asked.presented,
        period=asked.period.beginning_now(now),
        replaces=asked.replaces,
    )
    added = keys.add(
        tx,
        EnrolledKey(
            officer=proposal.officer,
            spki_der=new.public_key.spki_der,
            key_sha256=new.public_key.sha256,
            state=KeyState.ENROLLED,
            not_before=new.period.not_before,
            not_after=new.period.not_after,
        ),
    )
    if not added:
        # Another officer's approval came first, of the same key.
        raise OpenJpkiError(
            Reason.OFFICER_KEY_TAKEN, "is or was an officer's key already", field="public_key"
        )
    if new.replaces is not None:
        replaced = keys.find(tx, [new.replaces])[new.replaces]
        keys.replace(
            tx,
            new.replaces,
            replaced_by=new.public_key.sha256,
            not_after=min(replaced.not_after, new.period.not_before + RENEWAL_OVERLAP),
        )
    register.enter(
        tx,
        OFFICER_ENROLLED,
        proposal.officer,
        {
            "proposal_id": proposal.proposal_id,
            "proposed_by": proposal.proposed_by,
            **facts_of(new),
        },
        actor=caller,
        at=now,
    )


def _end_suspension(
    register: OfficersContext,
    tx: Transaction,
    proposal: ProposalRecord,
    caller: str,
    now: datetime,
    *,
    revoked: bool,
) -> None:
    act = OFFICER_REVOKED if revoked else OFFICER_REINSTATED
    for key_sha256 in keys.end_suspension(tx, proposal.proposal_id, revoked=revoked):
        _enter(register, tx, act, proposal, caller, now, key_sha256=key_sha256)
    if revoked:
        end_with_officer(register, tx, proposal.officer, by=caller, at=now)


def _enter(
    register: OfficersContext,
    tx: Transaction,
    act: Act,
    proposal: ProposalRecord,
    caller: str,
    now: datetime,
    *,
    key_sha256: bytes = b"",
) -> None:
    asks = proposal.asks_for
    details = {
        "proposal_id": proposal.proposal_id,
        "proposed_by": proposal.proposed_by,
        "key_sha256": (
            key_sha256 if isinstance(asks, RevocationOfOfficer) else asks.public_key.sha256
        ).hex(),
    }
    if act is OFFICER_REVOKED and isinstance(asks, RevocationOfOfficer):
        details["cause"] = asks.value
    register.enter(tx, act, proposal.officer, details, actor=caller, at=now)
