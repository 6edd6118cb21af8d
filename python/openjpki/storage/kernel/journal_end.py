"""Up to when a database knows what its service did, and where its clock went back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, func, select, true

from openjpki.domain.actors import CONSOLE
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.tables import journal
from openjpki.storage.kernel.unreadable import NOT_MADE, Unreadable, rows_of

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

BEGINNING: Final = datetime(1000, 1, 1, tzinfo=UTC)
"""Before every moment that a clock says, with a year of four digits as moments are written."""
_ENTRY = (*journal.primary_key, journal.c.at)


def newest_moment(tx: Reading, *, left_out: LeftOut) -> datetime | None:
    """When the newest act of any stream was entered; None in an empty journal.

    What was done at the console is left out: a restore that was begun and cut short has entered
    things of today into a database that ends long before. And what was entered by a clock that was
    ahead does not count as later than the time that a service had watched pass
    (:mod:`openjpki.storage.kernel.journal_time`). Where the newest can't be read, nobody knows, and
    it is :data:`BEGINNING`; the entry is told to ``left_out``.
    """
    entries = select(*_ENTRY).where(journal.c.actor.not_like(f"{CONSOLE}%"))
    entered = _moment_of(
        next(rows_of(tx, entries.order_by(journal.c.at.desc()).limit(1)), None), left_out
    )
    watched = journal_time.reached(tx)
    return entered if entered is None or watched is None else min(entered, watched)


def earliest_moment(
    tx: Reading, since: datetime, until: datetime | None, *, left_out: LeftOut
) -> datetime | None:
    """The earliest moment in an entry that is of ``since`` or later and no later than ``until``, or
    was numbered in its stream and class after such a one; None where there is none. It is before
    ``since`` where a clock went back, and shows that of no stream without such an entry.

    Where it can't be read it is :data:`BEGINNING`; the entry is told to ``left_out``.
    """
    ordered = (journal.c.stream, journal.c.retention)
    first = (
        select(*ordered, func.min(journal.c.number).label("number"))
        .where(journal.c.at >= since, true() if until is None else journal.c.at <= until)
        .group_by(*ordered)
        .subquery()
    )
    later = and_(
        journal.c.stream == first.c.stream,
        journal.c.retention == first.c.retention,
        journal.c.number >= first.c.number,
    )
    entries = select(*_ENTRY).join(first, later)
    return _moment_of(next(rows_of(tx, entries.order_by(journal.c.at).limit(1)), None), left_out)


def _moment_of(row: StoredRow | None, left_out: LeftOut) -> datetime | None:
    if row is None:
        return None
    try:
        at: datetime = row.at
        if at < BEGINNING:
            raise OverflowError("no clock says that")
    except NOT_MADE as error:
        left_out(Unreadable.of(journal.name, row.key_in(journal), error))
        return BEGINNING
    return at
