"""What waits for an officer of the bridge: with all that is to be seen before signing for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.exchange.answers import Answered, AnsweredRevocation
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.bridge import crosses, revocations
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.unreadable import Unreadable

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.kernel.transaction import Reading

MOST_SHOWN = 100
"""With a request or a certificate each, of 16 KiB at most, they are one message."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One of them."""

    answered: Answered
    proposed_at: datetime
    """Of an end that is signed anew, when it was."""


def pending_approvals(bridge: BridgeContext) -> list[Pending]:
    """First what waits longest. What can't be read is left out, and told."""
    with bridge.database.reading() as tx:
        waiting = [
            Pending(Answered(record, None), record.proposed_at)
            for record in crosses.in_state(tx, State.PENDING, left_out=tell_left_out)
        ]
        for identifier in revocations.awaiting_officer(tx):
            try:
                ending = _ending(tx, identifier)
            except OpenJpkiError as refusal:
                if refusal.reason is not Reason.STORED_UNREADABLE:
                    raise
                tell_left_out(Unreadable.of_refusal(refusal))
            else:
                waiting += ending
    return sorted(waiting, key=lambda one: one.proposed_at)


def _ending(tx: Reading, cross_certification_id: str) -> list[Pending]:
    record = crosses.get(tx, cross_certification_id)
    ending = revocations.get(tx, cross_certification_id)
    if record is None or ending is None:
        return []
    since = ending.renewal or ending.approvals[0]
    return [Pending(Answered(record, AnsweredRevocation.of(ending)), since.approved_at)]
