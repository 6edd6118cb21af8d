"""Proposed keys that are not to be approved any more: lapsed, of an officer who was revoked, or
proposed by an operator who is denied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers.enrolment import PRESENTED_WITHIN, RevocationOfOfficer
from openjpki.services.common.journal_time import surely_now
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers_journal import OFFICER_REJECTED
from openjpki.services.common.two_people import count_lapsed, is_denied
from openjpki.storage.kernel import denied_credentials
from openjpki.storage.officers import proposals

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.domain.officers import Officer
    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.officers.proposals import ProposalRecord

_LAPSED, _REVOKED, _DENIED = "lapsed", "officer_revoked", "proposer_denied"


def end_with_officer(
    register: OfficersContext, tx: Transaction, officer: Officer, *, by: str, at: datetime
) -> int:
    """What was proposed for an officer before they were revoked ends with them: whoever approved it
    later would bring back who was dismissed. How many ended. ``by``: SPIFFE id of who revoked."""
    waiting = proposals.open_keys_of(tx, officer, left_out=tell_left_out)
    return _end(register, tx, waiting, _REVOKED, by=by, at=at)


def end_lapsed(register: OfficersContext) -> None:
    """What the officer signed for too long ago, and nobody can approve any more."""
    now = register.clock.now()

    def work(tx: Transaction) -> int:
        # What has ended does not come back when a clock does.
        before = surely_now(tx, register.clock) - PRESENTED_WITHIN
        lapsed = proposals.open_keys_presented_before(tx, before, left_out=tell_left_out)
        return _end(register, tx, lapsed, _LAPSED, by=register.service, at=now)

    count_lapsed("officers", register.database.run(work))


def end_of_denied(register: OfficersContext) -> None:
    """What operators proposed who are denied since. Approved it is not even before, and it does not
    come back with a credential that is allowed again."""
    now = register.clock.now()

    def work(tx: Transaction) -> int:
        denied = denied_credentials.names(tx)
        waiting = proposals.open_ones(tx, left_out=tell_left_out) if denied else []
        theirs = [one for one in waiting if is_denied(one.proposed_by, denied, one.proposed_with)]
        return _end(register, tx, theirs, _DENIED, by=register.service, at=now)

    register.database.run(work)


def _end(
    register: OfficersContext,
    tx: Transaction,
    ending: Iterable[ProposalRecord],
    cause: str,
    *,
    by: str,
    at: datetime,
) -> int:
    ended = 0
    for one in ending:
        if isinstance(one.asks_for, RevocationOfOfficer):
            # Whoever is suspended stays so until a second operator decides.
            continue
        if not proposals.end(tx, one.proposal_id, by=by, at=at):
            continue
        ended += 1
        register.enter(
            tx,
            OFFICER_REJECTED,
            one.officer,
            {
                "proposal_id": one.proposal_id,
                "proposed_by": one.proposed_by,
                "key_sha256": one.asks_for.public_key.sha256.hex(),
                "cause": cause,
            },
            actor=by,
            at=at,
        )
    return ended
