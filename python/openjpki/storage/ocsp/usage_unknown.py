"""When replicas may have told what nobody counted, and what says that they are there.

A run says that it is there apart from what it writes: one that can't write tells on, and what it
told is not known for as long. So its last sign is the later of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select, update

from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.ocsp.tables import usage_epochs as _epochs

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


@dataclass(frozen=True, slots=True)
class Signs:
    """Of whoever writes to an epoch."""

    flushed_at: datetime
    """It wrote last."""
    seen_at: datetime | None
    """It said last that it is there."""

    @property
    def last(self) -> datetime:
        """Either."""
        return self.flushed_at if self.seen_at is None else max(self.flushed_at, self.seen_at)


def say_seen(tx: Transaction, run: str, *, at: datetime, unknown_until: datetime) -> None:
    """A run is there. ``unknown_until``: where it was taken for gone, what it told is not known
    until then."""
    of_run = _epochs.c.run == run
    open_ones = update(_epochs).where(of_run, _epochs.c.sealed_at.is_(None))
    tx.connection.execute(open_ones.values(seen_at=at))
    gone = update(_epochs).where(of_run, _epochs.c.unknown_until < unknown_until)
    tx.connection.execute(gone.values(unknown_until=unknown_until))


def of_open_epochs(tx: Reading) -> dict[str, Signs]:
    """Of those that are not sealed. Raises ``STORED_UNREADABLE``: as
    :func:`openjpki.storage.ocsp.usage.open_epochs`."""
    wanted = select(_epochs.c.epoch, _epochs.c.flushed_at, _epochs.c.seen_at)
    wanted = wanted.where(_epochs.c.sealed_at.is_(None))
    return dict(
        read_each(tx, wanted, lambda row: (row.epoch, _signs(row)), table=_epochs, left_out=None)
    )


def of_run(tx: Reading, run: str) -> Signs | None:
    """Of the epoch that a run wrote to last; None: it has none. Raises ``STORED_UNREADABLE``."""
    wanted = select(_epochs.c.flushed_at, _epochs.c.seen_at).where(_epochs.c.run == run)
    found = read_each(tx, wanted, _signs, table=_epochs, left_out=None)
    return max(found, key=lambda one: one.flushed_at, default=None)


def seal_silent(
    tx: Transaction, epoch: str, *, at: datetime, signs: Signs, unknown_until: datetime
) -> bool:
    """Take nothing more for an epoch whose run gave no sign since these; whether it was so. Until
    when it is not known what that run told, as long as it neither goes on nor is settled."""
    seen_at = _epochs.c.seen_at
    silent = update(_epochs).where(
        _epochs.c.epoch == epoch,
        _epochs.c.sealed_at.is_(None),
        _epochs.c.flushed_at == signs.flushed_at,
        seen_at.is_(None) if signs.seen_at is None else seen_at == signs.seen_at,
    )
    sealed = tx.connection.execute(silent.values(sealed_at=at, unknown_until=unknown_until))
    return sealed.rowcount == 1


def doubt(tx: Transaction, run: str, *, until: datetime) -> None:
    """It is not known what a run told from when it wrote last until then, where nobody said so
    before."""
    of_run = _epochs.c.run == run
    said = select(_epochs.c.epoch).where(of_run, _epochs.c.unknown_until.is_not(None))
    if tx.connection.execute(said.limit(1)).first() is None:
        newest = select(func.max(_epochs.c.flushed_at)).where(of_run).scalar_subquery()
        of_newest = update(_epochs).where(of_run, _epochs.c.flushed_at == newest)
        tx.connection.execute(of_newest.values(unknown_until=until))


def know(tx: Transaction, run: str) -> None:
    """All that a run told is known."""
    unknown = update(_epochs).where(_epochs.c.run == run, _epochs.c.unknown_until.is_not(None))
    tx.connection.execute(unknown.values(unknown_until=None))


def gaps(tx: Reading, begins: datetime, ends: datetime) -> list[tuple[datetime, datetime]]:
    """From and until when replicas may have told between these moments what nobody counted. Raises
    ``STORED_UNREADABLE``."""
    wanted = (
        select(_epochs.c.flushed_at, _epochs.c.unknown_until)
        .where(_epochs.c.unknown_until >= begins, _epochs.c.flushed_at < ends)
        .order_by(_epochs.c.flushed_at, _epochs.c.epoch)
    )
    return read_each(
        tx, wanted, lambda row: (row.flushed_at, row.unknown_until), table=_epochs, left_out=None
    )


def counted_until(tx: Reading) -> datetime | None:
    """Up to when all that was told is here, where nobody writes any more; None: nobody ever did.
    Raises ``STORED_UNREADABLE``."""
    newest = select(func.max(_epochs.c.flushed_at)).scalar_subquery()
    wanted = select(_epochs.c.flushed_at).where(
        or_(_epochs.c.sealed_at.is_(None), _epochs.c.flushed_at == newest)
    )
    found = read_each(tx, wanted, lambda row: row.flushed_at, table=_epochs, left_out=None)
    return min(found, default=None)


def lose(tx: Transaction, name: str, begins: datetime, ends: datetime) -> None:
    """It is not known what was told between these moments, for good. ``name``: of that; what is
    said of it again moves its end."""
    insert_if_absent(
        tx,
        _epochs,
        epoch=name,
        run=name,
        begun_at=begins,
        flushed_at=begins,
        sealed_at=ends,
        unknown_until=ends,
    )
    doubtful = update(_epochs).where(_epochs.c.epoch == name, _epochs.c.unknown_until < ends)
    tx.connection.execute(doubtful.values(unknown_until=ends))


def _signs(row: StoredRow) -> Signs:
    return Signs(row.flushed_at, row.seen_at)
