"""The service bridge's own authority revocation lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from openjpki.storage.bridge.tables import authority_lists as _lists
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction


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


def newest(tx: Reading, generation: int) -> OwnList | None:
    """A generation's newest list, or None before the first."""
    row = tx.connection.execute(
        select(_lists)
        .where(_lists.c.generation == generation)
        .order_by(_lists.c.number.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return _own(row)


def of_time(tx: Reading, generation: int, at: datetime) -> OwnList | None:
    """The list of a generation that was the newest at a time, or None."""
    row = tx.connection.execute(
        select(_lists)
        .where(_lists.c.generation == generation, _lists.c.this_update <= at)
        .order_by(_lists.c.this_update.desc(), _lists.c.number.desc())
        .limit(1)
    ).first()
    return None if row is None or row.list is None else _own(row)


def drop_bytes(tx: Transaction, generation: int, before: datetime) -> int:
    """Drop those of a generation's lists that ended before a moment, all but the newest; the facts
    stay. How many."""
    last = newest(tx, generation)
    result = tx.connection.execute(
        update(_lists)
        .where(
            _lists.c.generation == generation,
            _lists.c.this_update < before,
            _lists.c.next_update < before,
            _lists.c.number != (last.number if last else 0),
            _lists.c.list.is_not(None),
        )
        .values(list=None)
    )
    return result.rowcount


def has_bytes_before(tx: Reading, generation: int, before: datetime) -> bool:
    """Whether :func:`drop_bytes` would drop any."""
    last = newest(tx, generation)
    found = tx.connection.execute(
        select(_lists.c.number)
        .where(
            _lists.c.generation == generation,
            _lists.c.this_update < before,
            _lists.c.next_update < before,
            _lists.c.number != (last.number if last else 0),
            _lists.c.list.is_not(None),
        )
        .limit(1)
    ).first()
    return found is not None


def _own(row: Row[Any]) -> OwnList:
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
