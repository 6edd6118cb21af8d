"""The record of acts: append-only, written in the transaction of the act itself (R2.4.3, R8.1).

An act and its entry are durable together or not at all. Entries are numbered from 1 without gaps
within their stream (an authority, a municipality ...) and retention class, so a missing one shows.
The database refuses to change them, and to remove them before their segment is disposed of
(:mod:`openjpki.storage.kernel.segments`). A ledger service can stand behind the same port.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import bindparam, case, cast, func, select, type_coerce, update

from openjpki.domain.retention import RetentionClass
from openjpki.errors import kind_of
from openjpki.storage.kernel.acts import Details, require_named
from openjpki.storage.kernel.columns import String, UtcTime, insert_if_absent
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.numbered import Numbered
from openjpki.storage.kernel.segment_digest import moment_of
from openjpki.storage.kernel.tables import SegmentState
from openjpki.storage.kernel.tables import journal as _journal
from openjpki.storage.kernel.tables import journal_segments as _segments
from openjpki.storage.kernel.unreadable import NOT_READ, each_of, read_each, rows_of, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.dml import ReturningInsert

    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_AT_ONCE = 1000
"""Entries read from the database at a time."""

# An act reads its clock before it queues for its number, and clocks jump: an entry counts as no
# earlier than any numbered before it.
_LATEST_SO_FAR = func.max(_journal.c.at).over(
    partition_by=_journal.c.retention, order_by=_journal.c.number
)

# The row of the open segment is what writers of one stream and class queue for.
_TAKE_NUMBER = (
    update(_segments)
    .where(
        _segments.c.stream == bindparam("of_stream"),
        _segments.c.retention == bindparam("of_class"),
        _segments.c.state == SegmentState.OPEN.value,
    )
    .values(
        last_entry=_segments.c.last_entry + 1,
        counts_from=case(
            (
                _segments.c.counts_from < bindparam("from_when", type_=UtcTime),
                bindparam("from_when", type_=UtcTime),
            ),
            else_=_segments.c.counts_from,
        ),
    )
    .returning(_segments.c.segment, _segments.c.last_entry)
)
_ENTER = Numbered(
    _journal, _TAKE_NUMBER, {"segment": "segment", "number": "last_entry"}, named="entry"
)


def entered_after(
    stream: ColumnElement[Any], number: ColumnElement[Any] | None = None
) -> ReturningInsert[Any]:
    """An entry as the last change of a chain, of :meth:`Journal.entering`. ``stream``: the entry's,
    as the change before returned it. ``number``: what that told, for a fact of the entry."""
    joined = type_coerce(stream, String) == _segments.c.stream
    if number is None:
        return _ENTER.after(joined)
    before, after = (bindparam(f"entry_{name}", type_=String) for name in ("before", "after"))
    return _ENTER.after(joined, details=before + cast(number, String) + after)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as it was recorded."""

    stream: str
    retention: RetentionClass
    segment: int
    number: int
    """From 1, rising by one within the stream and class."""
    at: datetime
    act: str
    """What was done, e.g. ``certificate.issued``."""
    actor: str
    """Who did it: a SPIFFE id, an officer's id, or ``recovery``."""
    subject: str
    """What it was done to: a serial number in hexadecimal, an application's id ..."""
    details: Details


class Journal(Protocol):
    """Where acts leave their record."""

    def append(
        self,
        tx: Transaction,
        act: Act,
        *,
        stream: str,
        actor: str,
        subject: str,
        at: datetime,
        details: Mapping[str, Value],
        not_after: datetime | None = None,
    ) -> int:
        """Record an act in the transaction that does it; the entry's number.

        ``not_after``: the end of the certificate the act speaks of, where there is one. Raises
        ``INTERNAL`` for details that the act does not declare. Writers of one stream and class wait
        for each other from here to the commit: append last.
        """

    def entering(
        self,
        act: Act,
        *,
        stream: str,
        actor: str,
        subject: str,
        at: datetime,
        details: Mapping[str, Value],
        not_after: datetime | None = None,
        told: str | None = None,
    ) -> Mapping[str, Any] | None:
        """Parameters of :func:`entered_after`; None where acts are recorded elsewhere than in this
        database, and are always to be appended.

        ``told``: the fact that is the number of :func:`entered_after`; ``details`` have another in
        its place. Raises as :meth:`append`.
        """


class SqlJournal:
    """The journal in the service's own database."""

    def append(
        self,
        tx: Transaction,
        act: Act,
        *,
        stream: str,
        actor: str,
        subject: str,
        at: datetime,
        details: Mapping[str, Value],
        not_after: datetime | None = None,
    ) -> int:
        """See :class:`Journal`."""
        where, entry = _entry(act, stream, actor, subject, at, details, not_after)
        counts_from = where["from_when"]
        taken = _ENTER.insert(tx, where, entry)
        if taken is None:
            # The first act of this stream and class. Or the segment was closed while we waited for
            # its row: the statement saw it before that, and sees the next one when it runs again.
            _open_first(tx, stream, act.retention, at, counts_from)
            taken = _ENTER.insert(tx, where, entry)
            if taken is None:
                raise StorageConflictError
        number: int = taken.last_entry
        return number

    def entering(
        self,
        act: Act,
        *,
        stream: str,
        actor: str,
        subject: str,
        at: datetime,
        details: Mapping[str, Value],
        not_after: datetime | None = None,
        told: str | None = None,
    ) -> Mapping[str, Any] | None:
        """See :class:`Journal`."""
        where, entry = _entry(act, stream, actor, subject, at, details, not_after)
        if told is not None:
            written = f'"{told}":{details[told]}'
            # No fact's value has a quotation mark, so it stands there once.
            before, _, after = entry.pop("details").partition(written)
            entry |= {"before": f'{before}"{told}":', "after": after}
        return _ENTER.values(where, entry)

    def read(
        self,
        tx: Reading,
        stream: str,
        retention: RetentionClass,
        *,
        after: int = 0,
        acts: Collection[str] | None = None,
        left_out: LeftOut | None = None,
        at_once: int | None = None,
    ) -> Iterator[Entry]:
        """Entries of a stream and class in order, those with a number above ``after``. ``acts`` and
        ``left_out``: as of :meth:`read_all`; ``at_once``: as of :func:`rows_of`."""
        wanted = (
            select(_journal)
            .where(
                _journal.c.stream == stream,
                _journal.c.retention == retention.value,
                _journal.c.number > after,
            )
            .order_by(_journal.c.number)
        )
        if acts is not None:
            wanted = wanted.where(_journal.c.act.in_(sorted(acts)))
        rows = rows_of(tx, wanted, at_once=at_once)
        yield from each_of(rows, entry_of, table=_journal, left_out=left_out)

    def has(
        self,
        tx: Reading,
        stream: str,
        retention: RetentionClass,
        *,
        acts: Collection[str],
        subject: str,
    ) -> bool:
        """Whether one of these acts is entered of a subject, whether the entry can be read or not.
        Goes through the class: for small ones."""
        wanted = (
            select(_journal.c.number)
            .where(
                _journal.c.stream == stream,
                _journal.c.retention == retention.value,
                _journal.c.act.in_(sorted(acts)),
                _journal.c.subject == subject,
            )
            .limit(1)
        )
        return tx.connection.execute(wanted).scalar() is not None

    def newest_saying(
        self,
        tx: Reading,
        stream: str,
        retention: RetentionClass,
        *,
        act: str,
        subject: str,
        says: str,
        left_out: LeftOut | None = None,
    ) -> Entry | None:
        """The newest entry of an act on a subject in whose details something stands, or None.
        ``left_out``: as of :meth:`read_all`. Goes backwards, through what was entered since."""
        wanted = (
            select(_journal)
            .where(
                _journal.c.stream == stream,
                _journal.c.retention == retention.value,
                _journal.c.act == act,
                _journal.c.subject == subject,
                _journal.c.details.contains(says, autoescape=True),
            )
            .order_by(_journal.c.number.desc())
            .limit(1)
        )
        found = read_each(tx, wanted, entry_of, table=_journal, left_out=left_out)
        return found[0] if found else None

    def last_number(self, tx: Reading, stream: str, retention: RetentionClass) -> int:
        """Of the newest entry of a stream and class that is here; 0 where there is none."""
        wanted = (
            select(_journal.c.number)
            .where(_journal.c.stream == stream, _journal.c.retention == retention.value)
            .order_by(_journal.c.number.desc())
            .limit(1)
        )
        return tx.connection.execute(wanted).scalar() or 0

    def read_all(
        self,
        tx: Reading,
        stream: str,
        *,
        acts: Collection[str] | None = None,
        left_out: LeftOut | None = None,
    ) -> Iterator[Entry]:
        """Entries of a stream in all classes; of some ``acts`` alone where they are named. Those of
        one class come in the order of their numbers, whatever clocks said; beside those of others
        by their moments. ``left_out``: told of one that can't be read; without it, that raises
        ``STORED_UNREADABLE``."""
        wanted = (
            select(_journal)
            .where(_journal.c.stream == stream)
            .order_by(_LATEST_SO_FAR, _journal.c.retention, _journal.c.number)
        )
        if acts is not None:
            wanted = wanted.where(_journal.c.act.in_(sorted(acts)))
        rows = rows_of(tx, wanted, at_once=_AT_ONCE)
        yield from each_of(rows, entry_of, table=_journal, left_out=left_out)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as it stands in the database, whether it can be read or not."""

    columns: dict[str, str]
    """By their names, as the digest of the segment has them."""
    fault: str | None
    """The rule that it breaks, where it can't be read."""


def stored_entries(tx: Reading, stream: str | None = None) -> Iterator[StoredEntry]:
    """Every entry of a stream, or of all, by stream, class and number."""
    wanted = select(_journal).order_by(_journal.c.stream, _journal.c.retention, _journal.c.number)
    if stream is not None:
        wanted = wanted.where(_journal.c.stream == stream)
    for row in rows_of(tx, wanted, at_once=_AT_ONCE):
        columns = {column.name: shown(row.stored(column.name)) for column in _journal.c}
        fault = None
        try:
            entry_of(row)
            columns["at"] = moment_of(row)
        except NOT_READ as error:
            fault = kind_of(error)
        yield StoredEntry(columns, fault)


def entry_of(row: StoredRow) -> Entry:
    """A row of the journal as an entry."""
    details = json.loads(row.details)
    if not isinstance(details, dict):
        raise TypeError("no facts")
    return Entry(
        stream=row.stream,
        retention=RetentionClass(row.retention),
        segment=int(row.segment),
        number=int(row.number),
        at=row.at,
        act=row.act,
        actor=row.actor,
        subject=row.subject,
        details=Details(details),
    )


def _entry(
    act: Act,
    stream: str,
    actor: str,
    subject: str,
    at: datetime,
    details: Mapping[str, Value],
    not_after: datetime | None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where it gets its number, and its row."""
    require_named(actor=actor, subject=subject)
    counts_from = _end_of_minute(act.retention.begins(at, not_after))
    where = {"of_stream": stream, "of_class": act.retention.value, "from_when": counts_from}
    return where, {
        "stream": stream,
        "retention": act.retention.value,
        "at": at,
        "act": act.name,
        "actor": actor,
        "subject": subject,
        "details": act.details(details).as_json(),
    }


def _end_of_minute(moment: datetime) -> datetime:
    """Late by less than that, and the same for all entries of a minute: where a column that an
    index has changes with each of them, PostgreSQL writes every index of the row anew, and what was
    there before stays until somebody vacuums."""
    minute = moment.replace(second=0, microsecond=0)
    try:
        return minute if minute == moment else minute + timedelta(minutes=1)
    except OverflowError:
        return moment


def _open_first(
    tx: Transaction,
    stream: str,
    retention: RetentionClass,
    opened_at: datetime,
    counts_from: datetime,
) -> None:
    insert_if_absent(
        tx,
        _segments,
        stream=stream,
        retention=retention.value,
        segment=1,
        state=SegmentState.OPEN.value,
        first_entry=1,
        last_entry=0,
        opened_at=opened_at,
        counts_from=counts_from,
    )
