"""Segments of the journal: closed, sealed, and at the end of their class's period disposed of.

A segment is a run of entries of one stream and retention class. When it is old or long enough it
is *closed*: later acts go to the next one. Then it is *sealed*: the digest over its entries, and
over the digest of the segment before it, is kept, so that an entry or a segment that is changed or
removed afterwards shows (:func:`faults`). When the period of the class is over for every entry it
is *disposed of*: the entries go, the segment's row and digest stay.

Each step is a transaction of its own, and looks at the state it finds: several replicas may do
them at once, and what a crash left out is done by the next call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, false, select, union, update

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import entry_of
from openjpki.storage.kernel.segment_digest import NO_SEGMENT, SegmentDigest
from openjpki.storage.kernel.tables import SegmentState
from openjpki.storage.kernel.tables import journal as _journal
from openjpki.storage.kernel.tables import journal_segments as _segments
from openjpki.storage.kernel.unreadable import (
    NOT_READ,
    Unreadable,
    each_of,
    not_readable,
    read_each,
    rows_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Row

    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading, Transaction, Writer
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_AT_ONCE = 1000
"""Entries read from the database at a time."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment as its row says it is."""

    stream: str
    retention: RetentionClass
    number: int
    """From 1, rising by one within the stream and class."""
    state: SegmentState
    first_entry: int
    last_entry: int
    """One less than ``first_entry`` while there is none."""
    counts_from: datetime
    digest: bytes | None
    """SHA-256, once sealed."""


class FaultKind(Enum):
    """What is wrong with a segment."""

    SEGMENT_MISSING = "segment missing"
    ENTRY_MISSING = "entry missing"
    ENTRY_BEYOND = "entry beyond the segment"
    DIGEST_DIFFERS = "digest differs"
    ENTRY_UNREADABLE = "entry that can't be read"
    """Of a segment without a digest, which would tell it."""
    BOOK_UNREADABLE = "entries of no class"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and with which segment of the stream and class."""

    segment: int
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class SegmentRule:
    """When a segment is closed: at this age, or with so many entries; never without any."""

    longest: timedelta
    most_entries: int


WriterOf = Callable[[str], AbstractContextManager["Writer | None"]]
"""Who writes a stream; None: nobody here."""


def close_due(
    database: Database,
    rule: SegmentRule,
    now: datetime,
    writer_of: WriterOf | None = None,
    *,
    left_out: LeftOut | None = None,
) -> int:
    """Close what has reached its age or length and open the next ones; how many.

    ``writer_of``: who writes which stream, where that is not everybody. ``left_out``: told of a
    segment whose row can't be read.
    """
    with database.reading() as tx:
        rows = _read(
            tx,
            _segments.c.state == SegmentState.OPEN.value,
            _segments.c.last_entry >= _segments.c.first_entry,
            (_segments.c.opened_at <= now - rule.longest) | _has_as_many(rule.most_entries),
            left_out=left_out,
        )
    closed = 0
    for segment in rows:
        with _writer(database, segment, writer_of) as writer:
            if writer is not None:
                closed += writer.run(lambda tx: _close(tx, segment, now))  # noqa: B023
    return closed


def _has_as_many(entries: int) -> ColumnElement[bool]:
    """Whether a segment has so many entries; of numbers that no journal writes, PostgreSQL must not
    be made to find a difference of more than 64 bits."""
    first, last = _segments.c.first_entry, _segments.c.last_entry
    return case((last >= entries, first <= last - (entries - 1)), else_=false())


def seal_closed(
    database: Database,
    now: datetime,
    writer_of: WriterOf | None = None,
    *,
    left_out: LeftOut | None = None,
) -> int:
    """Keep the digest of every closed segment, in order; how many were sealed here. ``left_out``:
    told of a segment whose row, or one of whose entries, can't be read: there is no digest of it,
    and it stays closed."""
    with database.reading() as tx:
        closed = _read(tx, _segments.c.state == SegmentState.CLOSED.value, left_out=left_out)
    sealed = 0
    for segment in closed:
        with _writer(database, segment, writer_of) as writer:
            if writer is None:
                continue
            # Outside the writing transaction: a closed segment's entries change no more.
            with database.reading() as tx:
                before = _before(tx, segment)
                if before is None:
                    continue
                try:
                    digest = _digest(tx, segment, before)
                except NOT_READ as error:
                    unreadable = Unreadable.of(_journal.name, _name(segment), error)
                    if left_out is None:
                        raise not_readable(unreadable) from error
                    left_out(unreadable)
                    continue
            sealed += writer.run(lambda tx: _seal(tx, segment, digest, now))  # noqa: B023
    return sealed


def disposable(
    tx: Reading,
    retention: RetentionClass,
    now: datetime,
    *,
    audited_until: datetime | None = None,
    left_out: LeftOut | None = None,
) -> list[Segment]:
    """Sealed segments whose period is over.

    ``audited_until``: both audits are complete for everything before it. ``left_out``: told of one
    whose row can't be read.
    """
    over_before = retention.over_before(now, audited_until)
    if over_before is None:
        return []
    return _read(
        tx,
        _segments.c.state == SegmentState.SEALED.value,
        _segments.c.retention == retention.value,
        _segments.c.counts_from < over_before,
        left_out=left_out,
    )


def dispose(
    tx: Transaction, segment: Segment, now: datetime, *, audited_until: datetime | None = None
) -> bool:
    """Remove the entries of a segment and keep its digest; whether it was done here.

    Raises ``WRONG_STATE`` when it is not sealed or its period is not over.
    """
    found = _lock(tx, segment)
    if found.state is SegmentState.DISPOSED:
        return False
    over_before = found.retention.over_before(now, audited_until)
    if found.state is not SegmentState.SEALED:
        raise OpenJpkiError(Reason.WRONG_STATE, "the segment is not sealed")
    if over_before is None or found.counts_from >= over_before:
        raise OpenJpkiError(Reason.WRONG_STATE, "the segment's retention period is not over")
    tx.connection.execute(
        update(_segments)
        .where(*_is(found))
        .values(state=SegmentState.DISPOSED.value, disposed_at=now)
    )
    tx.connection.execute(delete(_journal).where(*_within(found)))
    return True


def books_of(tx: Reading) -> list[tuple[str, RetentionClass | str]]:
    """Every stream and class that has a segment or an entry, in order; of what is no class, its
    text.

    Asked of both tables: a book whose segments were all removed still shows by its entries.
    """
    found = union(
        *(select(table.c.stream, table.c.retention) for table in (_segments, _journal))
    ).order_by("stream", "retention")
    known = {one.value: one for one in RetentionClass}
    return [
        (str(row.stream), known.get(row.retention, str(row.retention)))
        for row in tx.connection.execute(found)
    ]


def segments_of(
    tx: Reading, stream: str, retention: RetentionClass, *, left_out: LeftOut | None = None
) -> list[Segment]:
    """All segments of a stream and class, in order, those disposed of among them. ``left_out``:
    told of one whose row can't be read."""
    return _read(
        tx,
        _segments.c.stream == stream,
        _segments.c.retention == retention.value,
        left_out=left_out,
    )


def faults(tx: Reading, stream: str, retention: RetentionClass) -> list[Fault]:
    """What doesn't agree with the digests and numbers kept; empty if everything does.

    What was written since the last seal is held only by its numbers, and by whether it can be read.
    A segment whose row can't be is as one that is missing.
    """
    found: list[Fault] = []
    before, next_segment, next_entry = NO_SEGMENT, 1, 1
    segments = segments_of(tx, stream, retention, left_out=_as_missing)
    entries = _entries_of(tx, stream, retention, segments)
    for segment in segments:
        if segment.number != next_segment or segment.first_entry != next_entry:
            found.append(Fault(next_segment, FaultKind.SEGMENT_MISSING))
        found.extend(_faults_of(tx, segment, before, entries[segment.number]))
        before = segment.digest or NO_SEGMENT
        next_segment, next_entry = segment.number + 1, segment.last_entry + 1
    if segments and segments[-1].state is not SegmentState.OPEN:
        # Closing one opens the next, so the last is always open.
        found.append(Fault(next_segment, FaultKind.SEGMENT_MISSING))
    beyond = select(_journal.c.number).where(
        _journal.c.stream == stream,
        _journal.c.retention == retention.value,
        # Not from the next number on: behind the highest of 64 bits, PostgreSQL has none.
        _journal.c.number > next_entry - 1,
    )
    if tx.connection.execute(beyond.limit(1)).first() is not None:
        found.append(Fault(next_segment - 1, FaultKind.ENTRY_BEYOND))
    return found


@dataclass(slots=True)
class _Entries:
    """What is there of a segment."""

    within: int = 0
    """In the range of numbers that it has."""
    beyond: bool = False


def _entries_of(
    tx: Reading, stream: str, retention: RetentionClass, segments: Sequence[Segment]
) -> dict[int, _Entries]:
    """By the segment's number, in one reading of the book: of how many segments it is must not
    count, as there is a new one each month and every entry's is looked at for strays."""
    ranges = {one.number: range(one.first_entry, one.last_entry + 1) for one in segments}
    found = {number: _Entries() for number in ranges}
    rows = tx.connection.execute(
        select(_journal.c.segment, _journal.c.number)
        .where(_journal.c.stream == stream, _journal.c.retention == retention.value)
        .execution_options(yield_per=_AT_ONCE)
    )
    for segment, number in rows:
        if segment not in found:
            continue
        if number in ranges[segment]:
            found[segment].within += 1
        else:
            found[segment].beyond = True
    return found


def _faults_of(tx: Reading, segment: Segment, before: bytes, found: _Entries) -> Iterator[Fault]:
    if segment.state is SegmentState.DISPOSED:
        if found.within or found.beyond:
            yield Fault(segment.number, FaultKind.ENTRY_BEYOND)
        return
    # No number is there twice.
    if found.within < segment.last_entry + 1 - segment.first_entry:
        yield Fault(segment.number, FaultKind.ENTRY_MISSING)
    if found.beyond:
        yield Fault(segment.number, FaultKind.ENTRY_BEYOND)
    if segment.digest is None:
        if not _can_be_read(tx, segment):
            yield Fault(segment.number, FaultKind.ENTRY_UNREADABLE)
    elif segment.digest != _digest_or_none(tx, segment, before):
        yield Fault(segment.number, FaultKind.DIGEST_DIFFERS)


def _writer(
    database: Database, segment: Segment, writer_of: WriterOf | None
) -> AbstractContextManager[Writer | None]:
    return nullcontext(database) if writer_of is None else writer_of(segment.stream)


def _close(tx: Transaction, segment: Segment, now: datetime) -> int:
    found = _lock(tx, segment)
    if found.state is not SegmentState.OPEN:
        return 0
    tx.connection.execute(
        update(_segments).where(*_is(found)).values(state=SegmentState.CLOSED.value)
    )
    # In the same transaction: a writer that waited for the row finds the next one.
    tx.connection.execute(
        _segments.insert().values(
            stream=found.stream,
            retention=found.retention.value,
            segment=found.number + 1,
            state=SegmentState.OPEN.value,
            first_entry=found.last_entry + 1,
            last_entry=found.last_entry,
            opened_at=now,
            counts_from=now,
        )
    )
    return 1


def _seal(tx: Transaction, segment: Segment, digest: bytes, now: datetime) -> int:
    return tx.connection.execute(
        update(_segments)
        .where(*_is(segment), _segments.c.state == SegmentState.CLOSED.value)
        .values(state=SegmentState.SEALED.value, digest=digest, sealed_at=now)
    ).rowcount


def _before(tx: Reading, segment: Segment) -> bytes | None:
    """The digest of the segment before; None while that is not sealed."""
    if segment.number == 1:
        return NO_SEGMENT
    row = tx.connection.execute(
        select(_segments.c.digest).where(
            _segments.c.stream == segment.stream,
            _segments.c.retention == segment.retention.value,
            _segments.c.segment == segment.number - 1,
        )
    ).first()
    return None if row is None or row.digest is None else bytes(row.digest)


def _digest(tx: Reading, segment: Segment, before: bytes) -> bytes:
    digest = SegmentDigest(segment.stream, segment.retention, segment.number, before)
    for row in _rows_in(tx, segment):
        digest.add(row)
    return digest.value


def _digest_or_none(tx: Reading, segment: Segment, before: bytes) -> bytes | None:
    """None: an entry is none that was sealed, since it can't even be digested."""
    try:
        return _digest(tx, segment, before)
    except NOT_READ:
        return None


def _can_be_read(tx: Reading, segment: Segment) -> bool:
    unreadable: list[Unreadable] = []
    for _ in each_of(_rows_in(tx, segment), entry_of, table=_journal, left_out=unreadable.append):
        if unreadable:
            break
    return not unreadable


def _rows_in(tx: Reading, segment: Segment) -> Iterator[StoredRow]:
    entries = select(_journal).where(*_within(segment)).order_by(_journal.c.number)
    return rows_of(tx, entries, at_once=_AT_ONCE)


def _as_missing(one: Unreadable) -> None:
    """The numbers of those around it tell that one is not there."""


def _name(segment: Segment) -> str:
    return f"{segment.stream}/{segment.retention.value}/{segment.number}"


def _lock(tx: Transaction, segment: Segment) -> Segment:
    row = tx.connection.execute(select(_segments).where(*_is(segment)).with_for_update()).one()
    return _segment(row)


def _read(tx: Reading, *conditions: ColumnElement[bool], left_out: LeftOut | None) -> list[Segment]:
    order = (_segments.c.stream, _segments.c.retention, _segments.c.segment)
    wanted = select(_segments).where(*conditions).order_by(*order)
    return read_each(tx, wanted, _segment, table=_segments, left_out=left_out)


def _segment(row: Row[tuple[object, ...]] | StoredRow) -> Segment:
    return Segment(
        stream=row.stream,
        retention=RetentionClass(row.retention),
        number=int(row.segment),
        state=SegmentState(row.state),
        first_entry=int(row.first_entry),
        last_entry=int(row.last_entry),
        counts_from=row.counts_from,
        digest=None if row.digest is None else bytes(row.digest),
    )


def _is(segment: Segment) -> tuple[ColumnElement[bool], ...]:
    return (
        _segments.c.stream == segment.stream,
        _segments.c.retention == segment.retention.value,
        _segments.c.segment == segment.number,
    )


def _belongs_to(segment: Segment) -> tuple[ColumnElement[bool], ...]:
    return (
        _journal.c.stream == segment.stream,
        _journal.c.retention == segment.retention.value,
        _journal.c.segment == segment.number,
    )


def _within(segment: Segment) -> tuple[ColumnElement[bool], ...]:
    """Its entries in the range that it has: found by their numbers, without looking through the
    stream. Strays are an auditor's to find."""
    between = _journal.c.number.between(segment.first_entry, segment.last_entry)
    return (*_belongs_to(segment), between)
