"""The time by which periods of the journal are over: one row, which a wrong clock can't move ahead.

What moves it on, and how far: :mod:`openjpki.services.common.journal_time`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from openjpki.storage.kernel.columns import UtcTime, insert_if_absent
from openjpki.storage.kernel.tables import journal_segments as _segments
from openjpki.storage.kernel.tables import journal_time as _time

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction

_SINGLE = 1


def reached(tx: Reading) -> datetime | None:
    """As it stands; None before the first round."""
    found: datetime | None = tx.connection.execute(select(_time.c.reached)).scalar()
    return found


def take(tx: Transaction, limit: datetime) -> datetime:
    """As it stands, for whoever sets it in this transaction: others wait.

    Where there is none yet it begins at the newest moment at which a segment was opened, or at
    ``limit`` if that is earlier or there is no segment: not at what a clock says today.
    """
    found = _locked(tx)
    if found is None:
        opened = tx.connection.execute(
            select(func.max(_segments.c.opened_at, type_=UtcTime))
        ).scalar()
        begins = limit if opened is None else min(opened, limit)
        insert_if_absent(tx, _time, single=_SINGLE, reached=begins)
        found = _locked(tx)
    return limit if found is None else found


def put(tx: Transaction, moment: datetime) -> None:
    """Set it. After :func:`take`."""
    tx.connection.execute(update(_time).values(reached=moment))


def of_database(tx: Reading) -> datetime | None:
    """What the database's own clock says; None where it is this machine's, as with SQLite."""
    if tx.connection.dialect.name != "postgresql":
        return None
    return tx.connection.execute(select(func.clock_timestamp(type_=UtcTime))).scalar_one()


def _locked(tx: Transaction) -> datetime | None:
    found: datetime | None = tx.connection.execute(
        select(_time.c.reached).with_for_update()
    ).scalar()
    return found
