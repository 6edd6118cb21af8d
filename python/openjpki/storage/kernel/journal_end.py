"""Up to when a database knows what its service did, and where its clock went back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from openjpki.domain.actors import CONSOLE
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.tables import journal

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading


def newest_moment(tx: Reading) -> datetime | None:
    """When the newest act of any stream was entered; None in an empty journal.

    What was done at the console is left out: a restore that was begun and cut short has entered
    things of today into a database that ends long before. And what was entered by a clock that was
    ahead does not count as later than the time that a service had watched pass
    (:mod:`openjpki.storage.kernel.journal_time`).
    """
    newest = select(func.max(journal.c.at, type_=UtcTime)).where(
        journal.c.actor.not_like(f"{CONSOLE}%")
    )
    entered = tx.connection.execute(newest).scalar_one_or_none()
    watched = journal_time.reached(tx)
    return entered if entered is None or watched is None else min(entered, watched)


def earliest_moment(tx: Reading, since: datetime) -> datetime | None:
    """The earliest moment in an entry that was numbered after one of ``since`` or later, or is such
    a one; None where there is none. It is before ``since`` where a clock went back."""
    ordered = (journal.c.stream, journal.c.retention)
    first = (
        select(*ordered, func.min(journal.c.number).label("number"))
        .where(journal.c.at >= since)
        .group_by(*ordered)
        .subquery()
    )
    later = and_(
        journal.c.stream == first.c.stream,
        journal.c.retention == first.c.retention,
        journal.c.number >= first.c.number,
    )
    found: datetime | None = tx.connection.execute(
        select(func.min(journal.c.at, type_=UtcTime)).select_from(journal).join(first, later)
    ).scalar_one()
    return found
