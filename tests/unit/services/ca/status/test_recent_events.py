"""Events are read once for all streams near the end of a feed, and told as the feed has them."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from sqlalchemy import delete, literal, update

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.services.ca.status import feed_heads, recent_events
from openjpki.services.ca.status.feed_heads import FeedHeads
from openjpki.services.ca.status.follow import follow
from openjpki.services.ca.status.recent_events import RecentEvents
from openjpki.storage.ca import authorities, feed
from openjpki.storage.ca.tables import feed_events
from openjpki.storage.ca.tables import feeds as feed_heads_table
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_rows import OSAKA, TOKYO, authority, event_of, intent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.status_event import Event
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.status.feed_heads import Heads
    from openjpki.services.ca.status.follow import News
    from openjpki.storage.kernel.transaction import Reading


class Asked:
    """The real readings of events: for all streams, and for one that is far behind."""

    def __init__(self) -> None:
        self.spans: list[dict[AuthorityId, tuple[int, int]]] = []
        self.far: Counter[int] = Counter()
        self._events_after, self._events_between = feed.events_after, feed.events_between

    def events_after(
        self, tx: Reading, authority_id: AuthorityId, after: int, limit: int, **how: Any
    ) -> Sequence[Event]:
        self.far[after] += 1
        return self._events_after(tx, authority_id, after, limit, **how)

    def events_between(
        self, tx: Reading, spans: Mapping[AuthorityId, tuple[int, int]]
    ) -> Mapping[AuthorityId, Sequence[Event]]:
        self.spans.append(dict(spans))
        return self._events_between(tx, spans)


class Feeds:
    """Two feeds, and whoever follows them. They are read when they have grown, and when a stream
    begins."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.signal = FeedSignal()
        self.clock = SystemClock()
        self.heads = FeedHeads(database, self.signal, self.clock)
        self._numbers = 0

    def grow(self, by: int, authority_id: AuthorityId = TOKYO) -> None:
        for _ in range(by):
            self._numbers += 1
            event = event_of(intent(self._numbers), CertificateStatus.GOOD)
            with self.database.transaction() as tx:
                feed.append(tx, authority_id, event)
        self.signal.notify()

    def read(self) -> Heads:
        """A new reading."""
        with self.heads.followed(lambda: True) as read:
            return read

    def stream(self, positions: Mapping[AuthorityId, int]) -> Iterator[News]:
        ca = SimpleNamespace(database=self.database, clock=self.clock)
        return follow(cast("CaContext", ca), self.heads, positions, lambda: True)


@pytest.fixture
def feeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Feeds]:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 600.0)
    database = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    upgrade(database, "ca")
    with database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            authorities.add(tx, authority(one))
    made = Feeds(database)
    made.heads.start()
    yield made
    made.heads.stop()
    database.close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    counted = Asked()
    monkeypatch.setattr(feed, "events_after", counted.events_after)
    monkeypatch.setattr(feed, "events_between", counted.events_between)
    return counted


def taken(stream: Iterator[News], up_to: int) -> list[int]:
    """Positions of Tokyo's events as they come, until that one is there."""
    found: list[int] = []
    while not found or found[-1] < up_to:
        for one in next(stream).progress:
            if one.authority_id == TOKYO:
                assert not one.position_gone
                assert one.head >= found[-1] if found else True
                found += [event.sequence for event in one.events]
    return found


def test_new_events_are_read_once_for_all_streams(feeds: Feeds, asked: Asked) -> None:
    feeds.grow(3)
    streams = [feeds.stream({TOKYO: 3, OSAKA: 0}) for _ in range(8)]
    for stream in streams:
        assert all(not one.events for one in next(stream).progress)
    for before, head in ((3, 4), (4, 5), (5, 9)):
        feeds.grow(head - before)
        told = list(range(before + 1, head + 1))
        assert [taken(stream, head) for stream in streams] == [told] * len(streams)
    assert asked.spans == [{TOKYO: span} for span in ((3, 4), (4, 5), (5, 9))]
    assert not asked.far


def test_all_feeds_that_grew_are_read_by_one_statement(feeds: Feeds, asked: Asked) -> None:
    stream = feeds.stream({TOKYO: 0, OSAKA: 0})
    next(stream)
    feeds.database.run(lambda tx: _grow_by(tx, 2))
    feeds.grow(3, OSAKA)
    told = next(stream).progress
    assert {one.authority_id: len(one.events) for one in told} == {TOKYO: 2, OSAKA: 3}
    assert asked.spans == [{TOKYO: (0, 2), OSAKA: (0, 3)}]
    assert not asked.far


def test_an_event_that_can_not_be_read_is_no_fault_of_another_feed(feeds: Feeds) -> None:
    stream = feeds.stream({TOKYO: 0, OSAKA: 0})
    next(stream)
    feeds.database.run(lambda tx: _grow_by(tx, 2))
    broken = update(feed_events).where(feed_events.c.sequence == 1)
    feeds.database.run(lambda tx: tx.connection.execute(broken.values(status=literal("x"))))
    feeds.grow(3, OSAKA)
    said = {one.authority_id: one for one in next(stream).progress}
    assert (said[TOKYO].position_gone, len(said[OSAKA].events)) == (True, 3)


@pytest.mark.parametrize("how", ["spoilt", "gone"])
def test_what_stands_before_an_event_that_cannot_be_told_is_told(feeds: Feeds, how: str) -> None:
    """For who is near, and for who is far. Then a snapshot is needed."""
    near = feeds.stream({TOKYO: 0})
    next(near)
    feeds.database.run(lambda tx: _grow_by(tx, 4))
    third = feed_events.c.sequence == 3
    change = update(feed_events).where(third).values(reason_code=300)
    if how == "gone":
        change = delete(feed_events).where(third)  # type: ignore[assignment]
    feeds.database.run(lambda tx: tx.connection.execute(change))
    before = unreadable()
    feeds.signal.notify()
    for stream in (near, feeds.stream({TOKYO: 0})):
        (said,) = next(stream).progress
        assert [event.sequence for event in said.events] == [1, 2]
        assert (said.head, said.position_gone) == (4, False)
        (said,) = next(stream).progress
        assert (list(said.events), said.position_gone) == ([], True)
    assert unreadable() == before + (2 if how == "spoilt" else 0)


CANT_BE = {
    "reason": {"reason_code": 300},
    "generation": {"generation": 70_000},
    "generation below": {"generation": -1},
    "serial": {"serial": b"\x40" * 256},
}


@pytest.mark.parametrize("values", CANT_BE.values(), ids=CANT_BE)
def test_an_event_that_can_not_be_told_ends_its_own_feed_alone(
    feeds: Feeds, values: dict[str, object]
) -> None:
    """For who is near, and for whoever comes later, to a process that was started anew too."""
    near = feeds.stream({TOKYO: 0, OSAKA: 0})
    next(near)
    feeds.database.run(lambda tx: _grow_by(tx, 2))
    broken = update(feed_events).where(feed_events.c.sequence == 1).values(values)
    feeds.database.run(lambda tx: tx.connection.execute(broken))
    before = unreadable()
    feeds.grow(3, OSAKA)
    anew = Feeds(feeds.database)
    anew.heads.start()
    for stream in (near, feeds.stream({TOKYO: 0, OSAKA: 0}), anew.stream({TOKYO: 0, OSAKA: 0})):
        said = {one.authority_id: one for one in next(stream).progress}
        assert (said[TOKYO].position_gone, len(said[OSAKA].events)) == (True, 3)
    anew.heads.stop()
    assert unreadable() == before + 3


def unreadable() -> float:
    labels = {"table": "feed_events"}
    return REGISTRY.get_sample_value("openjpki_rows_left_out_total", labels) or 0.0


@pytest.mark.parametrize("head", [-1, -(2**40)])
def test_a_position_that_can_not_be_told_ends_its_own_feed_alone(feeds: Feeds, head: int) -> None:
    stream = feeds.stream({TOKYO: 0, OSAKA: 0})
    next(stream)
    spoilt = update(feed_heads_table).where(feed_heads_table.c.authority_id == TOKYO)
    feeds.database.run(lambda tx: tx.connection.execute(spoilt.values(head=head)))
    feeds.grow(3, OSAKA)
    said = {one.authority_id: one for one in next(stream).progress}
    assert (said[TOKYO].position_gone, len(said[OSAKA].events)) == (True, 3)


def test_nothing_is_missed_or_doubled_while_many_write_and_follow(
    feeds: Feeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streams near the end, further behind than what is kept, and from the beginning."""
    monkeypatch.setattr(recent_events, "EVENTS_KEPT", 16)
    feeds.grow(30)
    begins = [0, 0, 10, 25, 29, 30, 30, 30]
    with ThreadPoolExecutor(len(begins) + 1) as pool:
        followed = [
            pool.submit(taken, feeds.stream({TOKYO: begin, OSAKA: 0}), 130) for begin in begins
        ]
        for number in range(100):
            feeds.grow(1)
            if number % 10 == 0:
                feeds.grow(1, OSAKA)
        found = [one.result(90) for one in followed]
    assert found == [list(range(begin + 1, 131)) for begin in begins]


def test_a_stream_that_nobody_reads_holds_up_no_other(feeds: Feeds, asked: Asked) -> None:
    """It is not asked to go on until there is room for its next message: nothing is kept for it."""
    share = recent_events.EVENTS_KEPT // 2
    slow, quick = (feeds.stream({TOKYO: 0, OSAKA: 0}) for _ in range(2))
    next(slow), next(quick)
    feeds.grow(5)
    assert taken(quick, 5) == [1, 2, 3, 4, 5]
    assert len(feeds.heads.recent.after(TOKYO, 0, share)) == 5
    feeds.grow(2)
    assert taken(quick, 7) == [6, 7]
    assert taken(slow, 7) == [1, 2, 3, 4, 5, 6, 7]
    assert asked.spans == [{TOKYO: (0, 5)}, {TOKYO: (5, 7)}]
    assert not asked.far


def test_what_is_kept_is_bounded(feeds: Feeds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_events, "EVENTS_KEPT", 8)
    recent = RecentEvents(feeds.database)
    sizes = []
    for grown in (0, 3, 3, 4, 5, 1):
        feeds.grow(grown)
        with feeds.database.reading() as tx:
            positions = feed.positions(tx)
        recent.read(positions)
        head = positions[TOKYO].head
        kept = [after for after in range(head) if recent.after(TOKYO, after, 9)]
        sizes.append(len(kept))
        assert kept == list(range(head - len(kept), head))
        for after in kept:
            told = [event.sequence for event in recent.after(TOKYO, after, 9)]
            assert told == list(range(after + 1, head + 1))
        assert not recent.after(TOKYO, head, 9)
    # Four of each: what grows by more at once begins anew.
    assert sizes == [0, 3, 4, 4, 0, 1]


def test_a_gap_is_not_told_as_if_there_were_none(feeds: Feeds) -> None:
    """Neither to who is near nor to who is far: each is told to take a snapshot, once there is no
    more before it."""
    feeds.grow(2)
    near = feeds.stream({TOKYO: 2})
    next(near)
    lost = delete(feed_events).where(feed_events.c.sequence == 4)
    feeds.database.run(lambda tx: _grow_by(tx, 3))
    feeds.database.run(lambda tx: tx.connection.execute(lost))
    feeds.signal.notify()
    for stream, up_to in ((near, 3), (feeds.stream({TOKYO: 0}), 3)):
        assert taken(stream, up_to)[-1] == up_to
        (said,) = next(stream).progress
        assert (said.position_gone, list(said.events)) == (True, [])


def _grow_by(tx: Any, count: int) -> None:
    for number in range(count):
        feed.append(tx, TOKYO, event_of(intent(100 + number), CertificateStatus.GOOD))


def test_a_feed_that_skipped_or_went_back_begins_anew(feeds: Feeds) -> None:
    recent = feeds.heads.recent
    feeds.read()
    feeds.grow(4)
    feeds.read()
    assert len(recent.after(TOKYO, 0, 9)) == 4
    feeds.database.run(lambda tx: feed.skip(tx, TOKYO, 3))
    feeds.signal.notify()
    assert feeds.read().positions[TOKYO] == feed.Position(7, 7)
    assert not any(recent.after(TOKYO, after, 9) for after in range(8))
    recent.read({TOKYO: feed.Position(5, 0)})
    assert not any(recent.after(TOKYO, after, 9) for after in range(8))


def test_what_is_kept_is_what_the_feed_has(feeds: Feeds) -> None:
    """Brought back and grown to the same number, or past it: the digest is another."""
    recent = feeds.heads.recent
    feeds.read()
    feeds.grow(4)
    feeds.read()

    def read(position: feed.Position) -> int:
        recent.read({TOKYO: position})
        return len(recent.after(TOKYO, position.head - 1, 9))

    with feeds.database.reading() as tx:
        known = feed.positions(tx)[TOKYO]
    assert read(known) == 1
    assert read(feed.Position(4, 0, b"1" * 32)) == 0
    feeds.grow(1)
    with feeds.database.reading() as tx:
        grown = feed.positions(tx)[TOKYO]
    # What was kept last is not what led to this.
    assert read(grown) == 0
    feeds.grow(1)
    with feeds.database.reading() as tx:
        assert read(feed.positions(tx)[TOKYO]) == 1


def test_a_position_told_since_is_reached_by_what_is_read(feeds: Feeds) -> None:
    """Another process wrote, and told a snapshot, since this one read how far the feeds are."""
    feeds.read()
    feeds.database.run(lambda tx: _grow_by(tx, 2))
    (said,) = next(feeds.stream({TOKYO: 2})).progress
    assert (said.head, said.position_gone) == (2, False)
