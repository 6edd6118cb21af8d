"""The service bridge's own authority revocation lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from openjpki.storage.bridge.tables import authority_lists as _lists
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """A published list."""

    generation: int
    """Whose certificates it is about, and whose key signed it."""
    number: int
    """cRLNumber, rising by one within the generation."""
    this_update: datetime
    next_update: datetime
    entries: int
    sha256: bytes
    der: bytes


def newest(tx: Reading, generation: int, *, left_out: LeftOut | None = None) -> OwnList | None:
    """A generation's newest list, or None before the first. One that can't be read is told to
    ``left_out``, and none takes its place; without it, ``STORED_UNREADABLE`` is raised."""
    return _one(
        tx,
        left_out,
        select(_lists)
        .where(_lists.c.generation == generation)
        .order_by(_lists.c.number.desc())
        .limit(1),
    )


def of_time(
    tx: Reading, generation: int, at: datetime, *, left_out: LeftOut | None = None
) -> OwnList | None:
    """The list of a generation that was the newest at a time, or None. ``left_out``: as of
    :func:`newest`."""
    newest_then = (
        select(_lists)
        .where(_lists.c.generation == generation, _lists.c.this_update <= at)
        .order_by(_lists.c.this_update.desc(), _lists.c.number.desc())
        .limit(1)
        .subquery()
    )
    return _one(tx, left_out, select(newest_then).where(newest_then.c.list.is_not(None)))


def numbers(tx: Reading, generation: int) -> list[int]:
    """The numbers of a generation's lists, of those too that can't be read otherwise."""
    rows = tx.connection.execute(select(_lists.c.number).where(_lists.c.generation == generation))
    return [row.number for row in rows if isinstance(row.number, int)]


def drop_unnumbered(tx: Transaction, generation: int) -> int:
    """Drop lists whose number is none, as SQLite may keep; how many. They would be the newest for
    ever: such a value is behind every number."""
    unnumbered = (_lists.c.generation == generation, _lists.c.number > _HIGHEST)
    if tx.connection.execute(select(_lists.c.generation).where(*unnumbered)).first() is None:
        return 0
    return tx.connection.execute(delete(_lists).where(*unnumbered)).rowcount


def drop_bytes(tx: Transaction, generation: int, before: datetime) -> int:
    """Drop those of a generation's lists that ended before a moment, all but the newest; the facts
    stay. How many."""
    last = _last_number(tx, generation)
    result = tx.connection.execute(
        update(_lists)
        .where(
            _lists.c.generation == generation,
            _lists.c.this_update < before,
            _lists.c.next_update < before,
            _lists.c.number != last,
            _lists.c.list.is_not(None),
        )
        .values(list=None)
    )
    return result.rowcount


def has_bytes_before(tx: Reading, generation: int, before: datetime) -> bool:
    """Whether :func:`drop_bytes` would drop any."""
    last = _last_number(tx, generation)
    found = tx.connection.execute(
        select(_lists.c.number)
        .where(
            _lists.c.generation == generation,
            _lists.c.this_update < before,
            _lists.c.next_update < before,
            _lists.c.number != last,
            _lists.c.list.is_not(None),
        )
        .limit(1)
    ).first()
    return found is not None


def _last_number(tx: Reading, generation: int) -> int:
    last = (
        select(_lists.c.number)
        .where(_lists.c.generation == generation)
        .order_by(_lists.c.number.desc())
        .limit(1)
    )
    return tx.connection.execute(last).scalar() or 0


def _one(tx: Reading, left_out: LeftOut | None, wanted: Select[Any]) -> OwnList | None:
    found = read_each(tx, wanted, _own, table=_lists, left_out=left_out)
    return found[0] if found else None


def _own(row: StoredRow) -> OwnList:
    return OwnList(
        generation=row.generation,
        number=row.number,
        this_update=row.this_update,
        next_update=row.next_update,
        entries=row.entries,
        sha256=bytes(row.sha256),
        der=bytes(row.list),
    )


def add(tx: Transaction, made: OwnList) -> bool:
    """Publish a list; False if one of its number exists. Those before stay: they answer for their
    time."""
    return insert_if_absent(
        tx,
        _lists,
        generation=made.generation,
        number=made.number,
        this_update=made.this_update,
        next_update=made.next_update,
        entries=made.entries,
        sha256=made.sha256,
        list=made.der,
    )
