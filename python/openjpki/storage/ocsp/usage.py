"""How much verifiers were told, as each replica counted it.

A run of a replica counts from nothing. What it writes are whole counts of an epoch, so that writing
them twice changes nothing; an epoch that is sealed takes no more, and the run goes on in another
one. So what a run has told is the sum over its epochs, and what all have told is the sum of all.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, cast, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.domain.agreements import Way
from openjpki.domain.usage import Counted, DayCount
from openjpki.storage.kernel.unreadable import of_kind, read_each
from openjpki.storage.ocsp.tables import usage as _usage
from openjpki.storage.ocsp.tables import usage_epochs as _epochs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow

TOLD = cast(func.sum(_usage.c.told), BigInteger).label("told")
"""The sum of rows."""
_AT_ONCE = 1000
"""Rows in a statement."""


def begin(tx: Transaction, epoch: str, *, run: str, at: datetime) -> None:
    """An epoch of a run. Raises ``CONFLICTING_CHANGE`` where there is one of its name."""
    tx.connection.execute(
        _epochs.insert().values(epoch=epoch, run=run, begun_at=at, flushed_at=at, sealed_at=None)
    )


def flush(tx: Transaction, epoch: str, counts: Sequence[DayCount], *, at: datetime) -> bool:
    """Keep whole counts of an epoch, of which none becomes smaller; False, and nothing is kept,
    where it is sealed or was never begun."""
    # Whoever seals it waits for this, or this for them.
    written = tx.connection.execute(
        update(_epochs)
        .where(_epochs.c.epoch == epoch, _epochs.c.sealed_at.is_(None))
        .values(flushed_at=at)
    )
    if written.rowcount != 1:
        return False
    _put(tx, epoch, counts)
    return True


def seal(tx: Transaction, epoch: str, *, at: datetime) -> bool:
    """Take nothing more for an epoch; whether it was open."""
    open_one = update(_epochs).where(_epochs.c.epoch == epoch, _epochs.c.sealed_at.is_(None))
    return tx.connection.execute(open_one.values(sealed_at=at)).rowcount == 1


def seal_run(tx: Transaction, run: str, *, at: datetime) -> datetime | None:
    """Seal all epochs of a run and keep others from beginning or writing one; when it last wrote to
    one that was open until now."""
    _only_one(tx, run)
    wanted = select(_epochs).where(_epochs.c.run == run).order_by(_epochs.c.epoch)
    rows = tx.connection.execute(wanted.with_for_update()).all()
    for row in rows:
        seal(tx, row.epoch, at=at)
    return max((row.flushed_at for row in rows if row.sealed_at is None), default=None)


def _only_one(tx: Transaction, run: str) -> None:
    """Whoever else asks this of the run waits until the transaction ends, also where the run has no
    epoch that could be locked. SQLite has one writer anyway."""
    if tx.connection.dialect.name == "postgresql":
        key = int.from_bytes(sha256(f"usage of {run}".encode()).digest()[:8], "big", signed=True)
        tx.connection.execute(select(func.pg_advisory_xact_lock(key)))


def begin_with(
    tx: Transaction, epoch: str, counts: Sequence[DayCount], *, run: str, at: datetime
) -> None:
    """An epoch that has these. Raises as :func:`begin`."""
    begin(tx, epoch, run=run, at=at)
    _put(tx, epoch, counts)


def add_sealed(
    tx: Transaction, epoch: str, counts: Sequence[DayCount], *, run: str, at: datetime
) -> None:
    """The same, which takes no more."""
    begin_with(tx, epoch, counts, run=run, at=at)
    seal(tx, epoch, at=at)


def of_run(tx: Reading, run: str) -> dict[Counted, int]:
    """What is kept of a run, over all its epochs and days. Raises ``STORED_UNREADABLE``."""
    wanted = (
        select(_usage.c.verifier_id, _usage.c.authority_id, _usage.c.way, TOLD)
        .where(_usage.c.epoch.in_(select(_epochs.c.epoch).where(_epochs.c.run == run)))
        .group_by(_usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
    )
    found = read_each(tx, wanted, lambda row: (_of(row), row.told), table=_usage, left_out=None)
    return dict(found)


def is_counted(tx: Reading, verifier_id: str) -> bool:
    """Whether whoever had this id was told anything."""
    wanted = select(_usage.c.day).where(_usage.c.verifier_id == verifier_id)
    return tx.connection.execute(wanted.limit(1)).first() is not None


def open_epochs(tx: Reading) -> dict[str, datetime]:
    """Those that are not sealed, and when each was written to last. Raises ``STORED_UNREADABLE``:
    one that was left out would make days look complete."""
    wanted = select(_epochs.c.epoch, _epochs.c.flushed_at).where(_epochs.c.sealed_at.is_(None))
    found = read_each(
        tx, wanted, lambda row: (row.epoch, row.flushed_at), table=_epochs, left_out=None
    )
    return dict(found)


def page(
    tx: Reading,
    *,
    authority_id: AuthorityId | None,
    verifier_id: str | None,
    days: tuple[date, date],
    after: tuple[str, str, str, str],
    limit: int,
) -> list[DayCount]:
    """Sums over all epochs by day, verifier, authority and way, from the first day to the last: the
    first after one of these. One of the two ids must be there. Raises ``STORED_UNREADABLE``: with a
    row left out it can't be told what is to be paid."""
    by_octets = "BINARY" if tx.connection.dialect.name == "sqlite" else "C"
    order = [
        one.collate(by_octets)
        for one in (_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
    ]
    first, last = days
    where: list[Any] = [_usage.c.day.between(first.isoformat(), last.isoformat())]
    if authority_id is not None:
        where.append(_usage.c.authority_id == authority_id)
    if verifier_id is not None:
        where.append(_usage.c.verifier_id == verifier_id)
    wanted = (
        select(_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way, TOLD)
        .where(*where, _usage.c.day >= after[0], tuple_(*order) > after)
        .group_by(_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
        .order_by(*order)
        .limit(limit)
    )
    return read_each(tx, wanted, day_count, table=_usage, left_out=None)


def _put(tx: Transaction, epoch: str, counts: Iterable[DayCount]) -> None:
    insert = postgresql.insert if tx.connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(_usage)
    statement = statement.on_conflict_do_update(
        index_elements=[one.name for one in _usage.primary_key],
        set_={"told": statement.excluded.told},
        where=_usage.c.told < statement.excluded.told,
    )
    rows = [
        {
            "epoch": epoch,
            "day": one.day.isoformat(),
            "verifier_id": one.of.verifier_id,
            "authority_id": one.of.authority_id,
            "way": one.of.way.value,
            "told": one.told,
        }
        # In one order, whoever writes.
        for one in sorted(counts, key=_order)
    ]
    for first in range(0, len(rows), _AT_ONCE):
        tx.connection.execute(statement, rows[first : first + _AT_ONCE])


def _order(one: DayCount) -> tuple[date, str, str, str]:
    return one.day, one.of.verifier_id, str(one.of.authority_id), one.of.way.value


def _of(row: StoredRow) -> Counted:
    return Counted(row.verifier_id, row.authority_id, Way(row.way))


def day_count(row: StoredRow) -> DayCount:
    """As it is stored."""
    return DayCount(date.fromisoformat(row.day), _of(row), of_kind(int, row.told))
