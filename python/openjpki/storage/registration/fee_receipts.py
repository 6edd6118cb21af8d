"""Receipts for what applicants paid (R5.1.2): numbered in an unbroken row, and never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text, update

from openjpki.domain.fees import FeeGround, FeeReceipt, ReceiptNumber, Void, VoidReason
from openjpki.domain.window import OfficerId, WindowId
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.unreadable import read_each, read_one
from openjpki.storage.registration.tables import fee_receipts as _receipts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from openjpki.domain.municipality import Municipality
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


@dataclass(frozen=True, slots=True, order=True)
class DaysFees:
    """What one window took by one rule on a day, and what was made void: receipts, and yen."""

    window_id: str
    ground: str
    taken: int
    taken_yen: int
    repaid: int
    """Of whichever day and window, paid back by this one."""
    repaid_yen: int
    cancelled: int
    """Of the same day, without money that moved."""
    cancelled_yen: int
    earlier_cancelled: int
    """Of earlier days, without money that moved."""
    earlier_cancelled_yen: int


def next_number(tx: Reading, municipality: Municipality, year: int) -> ReceiptNumber:
    """Behind the last of the municipality's and year's row."""
    last = tx.connection.execute(
        select(_receipts.c.number)
        .where(_receipts.c.municipality_code == municipality.code, _receipts.c.year == year)
        .order_by(_receipts.c.number.desc())
        .limit(1)
    ).scalar()
    return ReceiptNumber(year, (last or 0) + 1)


def was_made(tx: Reading, receipt_id: str) -> bool:
    """Whether there is a receipt of this id, void or not."""
    wanted = select(_receipts.c.receipt_id).where(_receipts.c.receipt_id == receipt_id)
    return tx.connection.execute(wanted).first() is not None


def add(tx: Transaction, receipt_id: str, receipt: FeeReceipt) -> None:
    """Keep one. ``receipt_id``: follows from the call. Raises :class:`StorageConflictError` where
    another took its number meanwhile, the application has one that is not void, or the call made
    one: done again, the transaction sees which."""
    if not insert_if_absent(
        tx,
        _receipts,
        municipality_code=receipt.window.municipality.code,
        year=receipt.number.year,
        number=receipt.number.number,
        receipt_id=receipt_id,
        application_id=receipt.application_id,
        ground=receipt.ground.value,
        yen=receipt.yen,
        rules_version=receipt.rules_version,
        window_id=receipt.window.text,
        officer=receipt.officer.text,
        taken_at=receipt.taken_at,
    ):
        raise StorageConflictError


def get(tx: Reading, municipality: Municipality, number: ReceiptNumber) -> FeeReceipt | None:
    """A municipality's receipt, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_receipts).where(*_named(municipality, number))
    return read_one(tx, wanted, _read, table=_receipts)


def of_application(
    tx: Reading, application_id: str, *, left_out: LeftOut | None = None
) -> list[FeeReceipt]:
    """An application's, oldest first. ``left_out``: told of one that can't be read."""
    wanted = (
        select(_receipts)
        .where(_receipts.c.application_id == application_id)
        .order_by(_receipts.c.taken_at, _receipts.c.year, _receipts.c.number)
    )
    return read_each(tx, wanted, _read, table=_receipts, left_out=left_out)


def make_void(
    tx: Transaction, municipality: Municipality, number: ReceiptNumber, void: Void
) -> bool:
    """Enter that a receipt is void; False if it was before."""
    result = tx.connection.execute(
        update(_receipts)
        .where(*_named(municipality, number), _receipts.c.voided_at.is_(None))
        .values(
            void_reason=void.reason.value,
            voided_window_id=void.window.text,
            voided_by=void.officer.text,
            voided_at=void.at,
        )
    )
    return result.rowcount == 1


def of_day(
    tx: Reading, municipality: Municipality, begin: datetime, end: datetime
) -> list[DaysFees]:
    """By window and rule, of the time from ``begin`` on and before ``end``."""
    columns = _receipts.c
    # As text: only so does the partial index serve.
    is_void = text("voided_at IS NOT NULL")
    voided = (is_void, columns.voided_at >= begin, columns.voided_at < end)
    repaid = columns.void_reason == VoidReason.REPAID.value
    here, there = columns.window_id, columns.voided_window_id
    sums = [
        _sums(tx, municipality, here, columns.taken_at >= begin, columns.taken_at < end),
        _sums(tx, municipality, there, *voided, repaid),
        _sums(tx, municipality, here, *voided, ~repaid, columns.taken_at >= begin),
        _sums(tx, municipality, here, *voided, ~repaid, columns.taken_at < begin),
    ]
    return [
        DaysFees(*key, *(figure for each in sums for figure in each.get(key, (0, 0))))
        for key in sorted({key for each in sums for key in each})
    ]


def numbers_of_day(
    tx: Reading, municipality: Municipality, begin: datetime, end: datetime
) -> tuple[int, int]:
    """The first and the last number made in that time; 0 twice without any."""
    columns = _receipts.c
    first, last = tx.connection.execute(
        select(func.min(columns.number), func.max(columns.number)).where(
            columns.municipality_code == municipality.code,
            columns.taken_at >= begin,
            columns.taken_at < end,
        )
    ).one()
    return first or 0, last or 0


def _sums(
    tx: Reading, municipality: Municipality, window: ColumnElement[str], *conditions: Any
) -> dict[tuple[str, str], tuple[int, int]]:
    rows = tx.connection.execute(
        select(window, _receipts.c.ground, func.count(), func.sum(_receipts.c.yen))
        .where(_receipts.c.municipality_code == municipality.code, *conditions)
        .group_by(window, _receipts.c.ground)
    )
    return {(window, ground): (int(number), int(yen)) for window, ground, number, yen in rows}


def _named(municipality: Municipality, number: ReceiptNumber) -> tuple[ColumnElement[bool], ...]:
    columns = _receipts.c
    return (
        columns.municipality_code == municipality.code,
        columns.year == number.year,
        columns.number == number.number,
    )


def _read(row: StoredRow) -> FeeReceipt:
    void = None
    if row.voided_at is not None:
        void = Void(
            VoidReason(row.void_reason),
            WindowId(row.voided_window_id),
            OfficerId(row.voided_by),
            row.voided_at,
        )
    return FeeReceipt(
        number=ReceiptNumber(row.year, row.number),
        application_id=row.application_id,
        ground=FeeGround(row.ground),
        yen=row.yen,
        rules_version=row.rules_version,
        window=WindowId(row.window_id),
        officer=OfficerId(row.officer),
        taken_at=row.taken_at,
        void=void,
    )
