"""Taking change notices: durable, each once, without a gap, whatever the network does to calls.

A sender's numbers are the whole state on both sides. What comes again is compared and acknowledged;
what comes too early is refused with the number that is next; so duplicates, reordering, replays and
stops lose nothing, and nothing is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.change_notices import require_same, taken_before
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.journal import NOTICE_DIFFERED, NOTICES_TAKEN
from openjpki.storage.registration import change_notices
from openjpki.telemetry.metrics import CHANGE_NOTICES_TAKEN

if TYPE_CHECKING:
    from openjpki.domain.change_notices import NoticeBatch
    from openjpki.domain.municipality import Municipality
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction


def take_notices(registration: RegistrationContext, batch: NoticeBatch, *, actor: str) -> int:
    """Up to which number the municipality's notices are durable now. ``actor``: SPIFFE id of the
    sender.

    Raises ``INVALID_FIELD``, ``NOTICE_GAP``, ``NOTICE_DIFFERS``; of refused ones none is taken.
    """
    batch.require_past(registration.clock.now())
    try:
        return registration.database.run(lambda tx: _take(registration, tx, batch, actor))
    except OpenJpkiError as refusal:
        if refusal.reason is Reason.NOTICE_DIFFERS:
            _enter_differing(registration, batch, int(refusal.metadata["sequence"]), actor)
        raise


def notice_position(registration: RegistrationContext, municipality: Municipality) -> int:
    """Up to which number a municipality's notices are durable; 0: none was taken."""
    with registration.database.reading() as tx:
        return change_notices.position(tx, municipality.code)


def _take(
    registration: RegistrationContext, tx: Transaction, batch: NoticeBatch, actor: str
) -> int:
    code = batch.municipality.code
    position = change_notices.lock_position(tx, code)
    before = taken_before(position, batch)
    if before:
        known = change_notices.taken(tx, code, batch.first, batch.first + before - 1)
        require_same(known, batch, before)
    fresh = len(batch.notices) - before
    if not fresh:
        return position
    now = registration.clock.now()
    change_notices.add(tx, batch, before, now)
    registration.journal.append(
        tx,
        NOTICES_TAKEN,
        stream=code,
        actor=actor,
        subject=code,
        details={"first": batch.first + before, "last": batch.last},
        at=now,
    )

    def told() -> None:
        CHANGE_NOTICES_TAKEN.inc(fresh)
        registration.wake_notices()

    tx.after_commit(told)
    return batch.last


def _enter_differing(
    registration: RegistrationContext, batch: NoticeBatch, number: int, actor: str
) -> None:
    code = batch.municipality.code
    registration.database.run(
        lambda tx: registration.journal.append(
            tx,
            NOTICE_DIFFERED,
            stream=code,
            actor=actor,
            subject=code,
            details={"sequence": number},
            at=registration.clock.now(),
        )
    )
