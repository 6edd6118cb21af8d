"""Following feeds: what is new of several authorities, each from a position of its own."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.domain.authority import not_an_authority
from openjpki.storage.ca import feed
from openjpki.storage.kernel.unreadable import not_readable
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import FEED_POSITION_AHEAD
from openjpki.telemetry.rows import tell_refused_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.status_event import Event
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.status.feed_heads import FeedHeads, Heads
    from openjpki.services.ca.status.recent_events import RecentEvents
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import Unreadable

_log = get_logger("feed")

EVENTS_A_MESSAGE = 5_000
"""Of all authorities together: about 400 kB."""
HEARTBEAT = 0.5
"""Seconds after which every authority is named anew; the contract says at most one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is new of one authority."""

    authority_id: AuthorityId
    head: int
    """Newest durable position when this was read."""
    digest: bytes = b""
    """Of all that was told up to ``head``; empty where nobody kept one."""
    events: Sequence[Event] = ()
    position_gone: bool = False
    """It can't be followed from where it was: said once."""


@dataclass(frozen=True, slots=True)
class News:
    """What is said at one time."""

    as_of: datetime
    """Whatever had been committed by then is in it, or in what was said before."""
    progress: Sequence[Progress]


def follow(
    ca: CaContext,
    heads: FeedHeads,
    positions: Mapping[AuthorityId, int],
    goes_on: Callable[[], bool],
) -> Iterator[News]:
    """Every event after each position, then new ones as they commit, until ``goes_on`` says no.

    Every authority is named at least each :data:`HEARTBEAT`. Raises ``AUTHORITY_NOT_FOUND`` when
    one is not an authority here, ``SERVICE_UNAVAILABLE``, ``CANCELLED`` when whoever asked is gone
    before the first reading.
    """
    after, due, told = dict(positions), monotonic(), float("-inf")
    # What was read before may not have reached a position that somebody else has told by now.
    with heads.followed(goes_on) as first:
        read = first
        while goes_on():
            if read.whole and not after.keys() <= read.positions.keys():
                raise not_an_authority()
            news = _news(ca, heads.recent, read, after)
            for one in news:
                if one.position_gone:
                    del after[one.authority_id]
                elif one.events:
                    after[one.authority_id] = one.events[-1].sequence
            # A heartbeat says what was read since the one before: without a reading it is silent,
            # so that whoever hears it goes to an instance that has a database.
            is_due = monotonic() >= due and read.read_at > told
            if is_due:
                due, told = monotonic() + HEARTBEAT, read.read_at
                named = {one.authority_id for one in news}
                news += [
                    Progress(authority_id, position.head, position.digest)
                    for authority_id, position in read.positions.items()
                    if authority_id in after and authority_id not in named
                ]
            if news or is_due:
                yield News(read.as_of, news)
            has_all = all(after[one] >= read.positions[one].head for one in after)
            read = heads.after(read, due) if has_all else heads.newest(read)


def _news(
    ca: CaContext, recent: RecentEvents, read: Heads, after: Mapping[AuthorityId, int]
) -> list[Progress]:
    """Events, and positions that are gone; nothing of an authority without either."""
    behind, news = [], []
    for authority_id, sequence in after.items():
        position = read.positions.get(authority_id)
        if position is None:
            # It can't be read. The others go on; whoever asks for a snapshot hears when it can.
            news.append(Progress(authority_id, sequence, position_gone=True))
            continue
        if not position.dropped_to <= sequence <= position.head:
            # Too old, or ahead of this feed: the database was brought back to an earlier state,
            # and nobody took the authority up again (services/ca/restore).
            if sequence > position.head:
                FEED_POSITION_AHEAD.labels(str(authority_id)).set(ca.clock.now().timestamp())
            news.append(Progress(authority_id, position.head, position_gone=True))
        elif sequence < position.head:
            behind.append(authority_id)
    if not behind:
        return news
    # The same number of events of each, so that none waits for another that has much to catch up
    # with.
    share = max(EVENTS_A_MESSAGE // len(behind), 1)
    far = []
    for one in behind:
        to = read.positions[one]
        events = recent.after(one, after[one], min(share, to.head - after[one]))
        if events:
            news.append(Progress(one, to.head, to.digest, events))
        else:
            far.append(one)
    if far:
        with ca.database.reading() as tx:
            news += [_asked(tx, one, after[one], read.positions[one], share) for one in far]
    return news


def _asked(
    tx: Reading, authority_id: AuthorityId, after: int, to: Position, share: int
) -> Progress:
    """What the database has of an authority after a position that is far behind, up to an event
    that can't be told: whoever was revoked before it does not wait for a snapshot."""
    unreadable: list[Unreadable] = []
    limit = min(share, to.head - after)
    found = feed.events_after(tx, authority_id, after, limit, left_out=unreadable.append)
    events = feed.up_to_a_gap(found, after)
    if events:
        return Progress(authority_id, to.head, to.digest, events)
    # Dropped after the position had been read, or not there as they were written. A snapshot says
    # as much, by other rows; the other authorities go on.
    for one in unreadable:
        refusal = not_readable(one)
        tell_refused_row(refusal)
        _log.error("a feed can't be read", authority=str(authority_id), rule=refusal.message)
    return Progress(authority_id, to.head, position_gone=True)
