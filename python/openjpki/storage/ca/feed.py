"""The status feed: what an authority did to certificates, in one order without gaps (for R4.1.1).

The authority's row in ``feeds`` is taken by each writer until its commit, so the order of
positions is the order in which they became durable: whoever has read up to a position has
missed nothing before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from openjpki.domain import feed_digest
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.status_event import Event
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import snapshot_rows, stored_revocations
from openjpki.storage.ca.tables import feed_events as _events
from openjpki.storage.ca.tables import feeds as _feeds
from openjpki.storage.ca.tables import revocation_lists as _lists
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import BigNumber, Bytes
from openjpki.storage.kernel.numbered import Numbered
from openjpki.storage.kernel.unreadable import (
    NOT_READ,
    Unreadable,
    not_readable,
    read_each,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.status_event import NewEvent
    from openjpki.storage.ca.snapshot_columns import Columns
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


_ONE: ColumnElement[int] = literal_column("1", BigNumber)
"""Written out: a parameter more would be sent with every event."""
_ZERO: ColumnElement[int] = literal_column("0", BigNumber)
_CONTINUED = (
    bindparam("event_tag", type_=Bytes)
    .op("||")(_feeds.c.digest)
    .op("||")(bindparam("event_octets", type_=Bytes))
)
# A program that keeps no digest may have appended since: then it is of an earlier position.
_IS_KEPT = and_(_feeds.c.digest_of == _feeds.c.head, _feeds.c.digest.is_not(None))
# Nobody goes on from where no feed can be: its positions would be used twice.
_IS_ONE = _feeds.c.head >= _ZERO
_NEXT = (
    update(_feeds)
    .where(_feeds.c.authority_id == bindparam("of_authority"), _IS_KEPT, _IS_ONE)
    .values(
        head=_feeds.c.head + _ONE,
        # SQLite takes what was put together for text.
        digest=func.sha256(cast(_CONTINUED, Bytes)),
        digest_of=_feeds.c.head + _ONE,
    )
    .returning(_feeds.c.head)
)
ADD = Numbered(_events, _NEXT, {"sequence": "head"}, named="event")
"""Adds an event; for repositories in this room."""

_MOST_MADE_UP_FOR = 100_000
"""Events of a program that keeps no digest: of more, the chain begins anew."""

POSITIONS_SKIPPED = 1_000_000_000
"""Where nobody knows how far a feed had come: more than a prefecture's certificates and revocations
of ten years."""
_FURTHEST = 2**53
"""Positions that a feed may have come to: a number behind it is none."""
_NOWHERE = {"head": -1, "dropped_to": 0, "digest": feed_digest.START, "digest_of": 0}
"""A row of which nobody can say how far the feed had come."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a feed has come."""

    head: int
    """Newest position; 0 before the first event."""
    dropped_to: int
    """Events up to this position are no longer kept."""
    digest: bytes = field(default=b"", compare=False)
    """Of all that was told up to ``head`` (:mod:`openjpki.domain.feed_digest`); empty where nobody
    kept one. Not compared: it follows from the events."""


def append(tx: Transaction, authority_id: AuthorityId, event: NewEvent) -> int:
    """Add an event; its position. Other writers of this feed wait until the commit. Raises
    ``STORED_UNREADABLE`` where how far the feed has come can't be read."""
    where, row = _appending(authority_id, event)
    taken = ADD.insert(tx, where, row)
    if taken is None and _make_up_for(tx, authority_id):
        taken = ADD.insert(tx, where, row)
    if taken is None:
        raise OpenJpkiError(Reason.INTERNAL, "the authority has no feed")
    sequence: int = taken.head
    return sequence


def values_of(authority_id: AuthorityId, event: NewEvent) -> dict[str, Any]:
    """Parameters of :data:`ADD` as a chain's last change."""
    return ADD.values(*_appending(authority_id, event))


def _appending(
    authority_id: AuthorityId, event: NewEvent
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    where = {
        "of_authority": authority_id,
        "event_tag": feed_digest.TAG,
        "event_octets": event.octets(),
    }
    return where, {
        "authority_id": authority_id,
        "serial": event.serial,
        "generation": event.generation,
        "not_after": event.not_after,
        "status": int(event.status),
        "reason_code": event.reason_code,
        "at": event.at,
    }


def positions(tx: Reading, *, left_out: LeftOut | None = None) -> dict[AuthorityId, Position]:
    """How far every feed has come. ``left_out``: told of one that can't be read."""
    return dict(
        read_each(
            tx,
            select(_feeds),
            lambda row: (row.authority_id, _position(row, left_out)),
            table=_feeds,
            left_out=left_out,
        )
    )


def position(
    tx: Reading, authority_id: AuthorityId, *, left_out: LeftOut | None = None
) -> Position | None:
    """How far the feed has come, or None without such an authority.

    ``left_out``: told of whatever of it can't be read; None is returned where that is the position
    itself. Without it, ``STORED_UNREADABLE`` is raised for that.
    """
    found = read_each(
        tx,
        select(_feeds).where(_feeds.c.authority_id == authority_id),
        lambda row: _position(row, left_out),
        table=_feeds,
        left_out=left_out,
    )
    return next(iter(found), None)


def events_after(
    tx: Reading,
    authority_id: AuthorityId,
    after: int,
    limit: int,
    *,
    left_out: LeftOut | None = None,
) -> list[Event]:
    """The next events after a position, in order, at most ``limit``.

    ``left_out``: told of each that can't be read. Without it, ``STORED_UNREADABLE`` is raised:
    whoever went on behind it would have missed it.
    """
    wanted = (
        select(_events)
        .where(_events.c.authority_id == authority_id, _events.c.sequence > after)
        .order_by(_events.c.sequence)
        .limit(limit)
    )
    return read_each(tx, wanted, _event, table=_events, left_out=left_out)


def events_between(
    tx: Reading, spans: Mapping[AuthorityId, tuple[int, int]]
) -> dict[AuthorityId, list[Event]]:
    """Of each feed the events after one position up to another, in order. One that can't be read is
    left out, and with it nothing of another feed: whoever goes on looks for gaps."""
    wanted = select(_events).where(
        or_(
            *(
                and_(
                    _events.c.authority_id == authority_id,
                    _events.c.sequence > after,
                    _events.c.sequence <= to,
                )
                for authority_id, (after, to) in spans.items()
            )
        )
    )
    found = read_each(
        tx,
        wanted,
        lambda row: (row.authority_id, _event(row)),
        table=_events,
        left_out=lambda _one: None,
    )
    between: dict[AuthorityId, list[Event]] = {one: [] for one in spans}
    for authority_id, event in sorted(found, key=lambda one: one[1].sequence):
        between[authority_id].append(event)
    return between


def follow_on(events: Sequence[Event], after: int) -> bool:
    """Whether there are any, and they come one by one after a position."""
    expected = range(after + 1, after + 1 + len(events))
    return bool(events) and [event.sequence for event in events] == list(expected)


def up_to_a_gap(events: Sequence[Event], after: int) -> Sequence[Event]:
    """As many of them as come one by one after a position."""
    for place, event in enumerate(events):
        if event.sequence != after + 1 + place:
            return events[:place]
    return events


def snapshot(
    tx: Reading,
    authority_id: AuthorityId,
    rows_each: int,
    *,
    ended_before: datetime,
    left_out: LeftOut | None = None,
) -> Iterator[Columns]:
    """Certificates and their statuses in this transaction's view, ``rows_each`` at a time.

    Not among them are those whose validity ended before a moment, and the authority's own
    self-signed certificate: nobody asks its status. ``left_out``: told of a certificate that can't
    be read, or can't be one, of which nothing is said, and of such a revocation: that it was
    revoked is told all the same, for no stated reason and since ever. Of which certificate can't be
    left out: where there is a revocation of none, ``STORED_UNREADABLE`` is raised at the end, as
    somebody was told to be good who is not.
    """
    ended = 0
    for page in snapshot_rows.pages(
        tx, authority_id, rows_each, ended_before=ended_before, left_out=left_out
    ):
        ended += page.revoked
        yield page.columns
    if ended < stored_revocations.count_unended(tx, authority_id, ended_before):
        stray = stored_revocations.of_no_certificate(tx, authority_id)
        if stray is not None:
            raise not_readable(stray)


def last_before(
    tx: Reading, authority_id: AuthorityId, moment: datetime, *, at_most: int
) -> int | None:
    """Position of the last of the oldest events, at most so many, that all happened before a
    moment; None without such an event. One that happened later, if only by a clock that was set
    back, keeps those behind it."""
    rows = tx.connection.execute(
        select(_events.c.sequence, _events.c.at)
        .where(_events.c.authority_id == authority_id)
        .order_by(_events.c.sequence)
        .limit(at_most)
    )
    last: int | None = None
    for sequence, at in rows:
        if at >= moment:
            break
        last = sequence
    return last


def drop_events(tx: Transaction, authority_id: AuthorityId, up_to: int) -> int:
    """Forget events up to a position; how many. Who is further behind takes a snapshot."""
    tx.connection.execute(
        update(_feeds)
        .where(_feeds.c.authority_id == authority_id, _feeds.c.dropped_to < up_to)
        .values(dropped_to=up_to)
    )
    return tx.connection.execute(
        delete(_events).where(_events.c.authority_id == authority_id, _events.c.sequence <= up_to)
    ).rowcount


def skip(tx: Transaction, authority_id: AuthorityId, by: int) -> Position:
    """Leave so many positions out and keep no event before: whoever followed this feed, up to
    wherever, takes a snapshot. The digest stays: what is left out tells nothing. Whatever of the
    row can't be read is put right by it, or that it is not there, and the digest begins anew."""
    of_feed = _feeds.c.authority_id == authority_id
    # Other writers of it wait until the commit.
    held = tx.connection.execute(update(_feeds).where(of_feed).values(head=_feeds.c.head))
    if held.rowcount == 0:
        tx.connection.execute(insert(_feeds).values(authority_id=authority_id, **_NOWHERE))
    unreadable: list[Unreadable] = []
    known = position(tx, authority_id, left_out=unreadable.append)
    told = _furthest_told(tx, authority_id) if known is None else known.head
    head = max(told, _furthest(tx, _events.c.sequence, authority_id)) + by
    put: dict[str, Any] = {"head": head, "dropped_to": head, "digest_of": head}
    if unreadable:
        put["digest"] = feed_digest.START
    else:
        _make_up_for(tx, authority_id)
    tx.connection.execute(update(_feeds).where(of_feed).values(put))
    drop_events(tx, authority_id, head)
    return Position(head, head)


def _furthest_told(tx: Reading, authority_id: AuthorityId) -> int:
    """Up to where a feed has surely come, from whatever else says so: a feed that went back would
    tell replicas nothing until it is where it was, and no list would be made for what is revoked
    until then."""
    columns = (_feeds.c.dropped_to, _feeds.c.digest_of, _revocations.c.sequence, _lists.c.as_of)
    return max(_furthest(tx, column, authority_id) for column in columns)


def _furthest(tx: Reading, column: Column[Any], authority_id: AuthorityId) -> int:
    """The last position that a column has of this authority; 0 without."""
    wanted = (
        select(column)
        .where(column.table.c.authority_id == authority_id, column.between(0, _FURTHEST))
        .order_by(column.desc())
        .limit(1)
    )
    found: int | None = tx.connection.execute(wanted).scalar()
    return found or 0


def _event(row: StoredRow) -> Event:
    """With every rule there is: whatever can be read here can be told."""
    return Event(
        sequence=int(row.sequence),
        serial=bytes(row.serial),
        generation=int(row.generation),
        not_after=row.not_after,
        status=CertificateStatus(row.status),
        reason_code=int(row.reason_code),
        at=row.at,
    )


def chained(digest: bytes, events: Sequence[Event]) -> bytes:
    """The digest of a feed after these events more."""
    for event in events:
        digest = feed_digest.continued(digest, event.octets())
    return digest


def _make_up_for(tx: Transaction, authority_id: AuthorityId) -> bool:
    """Have the digest be of the newest position, where a program that keeps none appended; whether
    there is such a feed. Other writers of it wait until the commit. Raises ``STORED_UNREADABLE``
    where that position can't be read."""
    of_feed = _feeds.c.authority_id == authority_id
    held = update(_feeds).where(of_feed).values(head=_feeds.c.head)
    row = tx.connection.execute(
        held.returning(_feeds.c.head, _feeds.c.digest, _feeds.c.digest_of)
    ).first()
    if row is None:
        return False
    if not isinstance(row.head, int) or row.head < 0:
        error = ValueError("positions begin at 0")
        raise not_readable(Unreadable.of(_feeds.name, str(authority_id), error))
    if row.digest is None or row.digest_of != row.head:
        digest = _made_up_for(tx, authority_id, row.head, row.digest, row.digest_of)
        tx.connection.execute(
            update(_feeds).where(of_feed).values(digest=digest, digest_of=_feeds.c.head)
        )
    return True


def _made_up_for(
    tx: Transaction, authority_id: AuthorityId, head: int, digest: bytes | None, of: int | None
) -> bytes:
    """From the events, which are there; where one is not, or can't be read, a new beginning."""
    if digest is None or of is None or not 0 < head - of <= _MOST_MADE_UP_FOR:
        return feed_digest.START
    try:
        events = events_after(tx, authority_id, of, head - of)
    except OpenJpkiError:
        return feed_digest.START
    if not follow_on(events, of) or events[-1].sequence != head:
        return feed_digest.START
    return chained(digest, events)


def _position(row: StoredRow, left_out: LeftOut | None = None) -> Position:
    """One is told of whose digest can't be one, or that has dropped what was never told: all else
    of it holds. Events that are gone are missed where they are read, so none is taken for dropped.
    """

    def tell(error: Exception) -> None:
        if left_out is not None:
            left_out(Unreadable.of(_feeds.name, row.key_in(_feeds), error))

    head = int(row.head)
    if head < 0:
        raise ValueError("positions begin at 0")
    digest = b""
    if row.digest is not None and row.digest_of == row.head:
        if isinstance(row.digest, bytes) and len(row.digest) == feed_digest.LENGTH:
            digest = row.digest
        else:
            tell(ValueError("a digest has 32 octets"))
    try:
        dropped_to = int(row.dropped_to)
    except NOT_READ:
        dropped_to = -1
    if not 0 <= dropped_to <= head:
        tell(ValueError("none is dropped before it is told"))
        dropped_to = 0
    return Position(head, dropped_to, digest)
