"""One thread reads how far the feeds have come; whoever follows is woken when they have grown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from threading import Event, active_count
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.services.ca.status import feed_heads
from openjpki.services.ca.status.feed_heads import FeedHeads
from openjpki.storage.ca import authorities, feed
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.support.ca_rows import TOKYO, authority, event_of, intent
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.status.feed_heads import Heads
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

NEVER = 600.0


def always() -> bool:
    return True


class Readings:
    """The real reading, counted; held up, or failing, where a test says so."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        self.fails: Exception | None = None
        self.goes_on, self.held = Event(), Event()
        self.goes_on.set()
        self._positions = feed.positions

    def __call__(
        self, tx: Reading, *, left_out: LeftOut | None = None
    ) -> dict[AuthorityId, Position]:
        self.moments.append(monotonic())
        if not self.goes_on.is_set():
            self.held.set()
        assert self.goes_on.wait(90)
        if self.fails is not None:
            raise self.fails
        return self._positions(tx, left_out=left_out)

    @property
    def count(self) -> int:
        return len(self.moments)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    upgrade(made, "ca")
    with made.transaction() as tx:
        authorities.add(tx, authority(TOKYO))
    yield made
    made.close()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", NEVER)
    counted = Readings()
    monkeypatch.setattr(feed, "positions", counted)
    return counted


@contextmanager
def reading(database: Database, signal: FeedSignal | None = None) -> Iterator[FeedHeads]:
    heads = FeedHeads(database, signal or FeedSignal(), SystemClock())
    heads.start()
    # The first round, which finds nobody, is over: else whoever comes meanwhile gets two.
    due = heads._tasks._due
    wait_until(lambda: 0.0 < due["read_feeds"] < float("inf"))
    try:
        yield heads
    finally:
        heads.stop()


def grow(database: Database, number: int = 1) -> None:
    event = event_of(intent(number), CertificateStatus.GOOD)
    database.run(lambda tx: feed.append(tx, TOKYO, event))


def test_nothing_is_read_while_nobody_follows(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 0.01)
    signal = FeedSignal()
    with reading(database, signal) as heads:
        with heads.followed(always):
            wait_until(lambda: readings.count > 2)
        wait_until(lambda: heads._followers == 0)
        # The round that ran meanwhile is over with the next one.
        with heads.followed(always):
            pass
        before = readings.count
        for _ in range(50):
            signal.notify()
            heads._read()
        assert readings.count <= before + 1


def test_a_call_is_asked_while_its_stream_keeps_nothing(
    database: Database, readings: Readings
) -> None:
    """A call has a lock of its own, and whoever holds that may end a stream, which takes ours."""
    with (
        reading(database) as heads,
        heads.followed(always) as first,
        ThreadPoolExecutor(1) as other,
    ):

        def goes_on() -> bool:
            return other.submit(heads.after, first, 0.0).result(90) is not None

        with heads.followed(goes_on) as second:
            assert second.read_at > first.read_at


def test_idle_streams_are_not_woken(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is read meanwhile."""
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 0.01)
    with (
        reading(database) as heads,
        heads.followed(always) as first,
        ThreadPoolExecutor(1) as stream,
    ):
        woken = stream.submit(heads.after, first, monotonic() + NEVER)
        before = readings.count
        wait_until(lambda: readings.count > before + 10)
        assert not woken.done()
        grow(database)
        assert woken.result(90).positions[TOKYO].head == 1


def test_all_streams_are_woken_by_one_reading(database: Database, readings: Readings) -> None:
    signal, streams = FeedSignal(), 8
    with reading(database, signal) as heads, heads.followed(always) as first:
        with ThreadPoolExecutor(streams) as pool:
            woken = [pool.submit(heads.after, first, monotonic() + NEVER) for _ in range(streams)]
            grow(database)
            signal.notify()
            found = [one.result(90) for one in woken]
        assert readings.count == 2
        assert {id(one) for one in found} == {id(heads.newest(first))}
        assert found[0].grown == first.grown + 1


def test_another_process_is_heard_of_after_a_moment(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 0.01)
    with reading(database) as heads, heads.followed(always) as first:
        grow(database)
        assert heads.after(first, monotonic() + NEVER).positions[TOKYO].head == 1
        assert readings.count > 1


def test_a_heartbeat_is_due_with_a_newer_reading(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said anew while nothing can be read: silence is what a replica notices."""
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(feed_heads, "LOOKS_SECONDS", 0.05)
    with reading(database) as heads, heads.followed(always) as first:
        readings.goes_on.clear()
        assert readings.held.wait(90)
        seen = heads.newest(first)
        assert heads.after(seen, monotonic()) is seen
        readings.goes_on.set()
        wait_until(lambda: heads.after(seen, monotonic()) is not seen)
        assert heads.newest(first).grown == first.grown


def test_who_begins_to_follow_gets_a_reading_from_then_on(
    database: Database, readings: Readings
) -> None:
    with reading(database) as heads:
        for number in range(3):
            began = monotonic()
            with heads.followed(always) as first:
                assert first.read_at >= began
                assert first.positions[TOKYO].head == number
            grow(database, number)
        assert readings.count == 3


def test_readings_that_find_something_are_a_moment_apart(
    database: Database, readings: Readings
) -> None:
    """However often the feeds grow, and however many streams there are; the first is not late."""
    signal = FeedSignal()
    with reading(database, signal) as heads, heads.followed(always) as first:
        read = first
        for number in range(5):
            grow(database, number)
            signal.notify()
            read = heads.after(read, monotonic() + NEVER)
            assert read.positions[TOKYO].head == number + 1
    gaps = [later - earlier for earlier, later in pairwise(readings.moments)]
    assert all(gap >= feed_heads.GATHERED_SECONDS for gap in gaps)


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        (OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away"), Reason.SERVICE_UNAVAILABLE),
        (ZeroDivisionError(), Reason.INTERNAL),
    ],
    ids=["away", "defect"],
)
def test_all_who_wait_are_told_that_a_reading_failed(
    database: Database, readings: Readings, fails: Exception, reason: Reason
) -> None:
    """Each would wait for a database that is away, one after the other."""
    signal, streams = FeedSignal(), 8

    def waited(heads: FeedHeads, seen: Heads) -> Reason:
        with pytest.raises(OpenJpkiError) as refusal:
            heads.after(seen, monotonic() + NEVER)
        return refusal.value.reason

    with reading(database, signal) as heads, heads.followed(always) as first:
        with ThreadPoolExecutor(streams) as pool:
            said = [pool.submit(waited, heads, first) for _ in range(streams)]
            readings.fails = fails
            signal.notify()
            assert {one.result(90) for one in said} == {reason}
        assert readings.count == 2
        # Whoever comes later asks anew, as soon as it can.
        with pytest.raises(OpenJpkiError) as refusal, heads.followed(always):
            pass
        assert (refusal.value.reason, readings.count) == (reason, 3)
        readings.fails = None
        with heads.followed(always) as again:
            assert again.read_at > first.read_at


def test_streams_cost_no_thread_and_end_with_the_service(
    database: Database, readings: Readings
) -> None:
    heads = FeedHeads(database, FeedSignal(), SystemClock())
    before = active_count()
    heads.start()
    with heads.followed(always), heads.followed(always):
        assert active_count() == before + 1
    heads.stop()
    assert active_count() == before
    with pytest.raises(OpenJpkiError, match="stops"), heads.followed(always):
        pass
    assert readings.count >= 1


def test_readings_that_fail_are_further_and_further_apart(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many come back and ask anew, and however often the feeds grow: each would cost the
    database, and a defect the log, as much as one that succeeds."""
    rests: list[int] = []

    def rest(failures: int) -> float:
        rests.append(failures)
        return 0.05 * failures

    monkeypatch.setattr(feed_heads, "RESTS", rest)
    signal = FeedSignal()
    with reading(database, signal) as heads:
        readings.fails = ZeroDivisionError()
        for _ in range(4):
            signal.notify()
            with pytest.raises(OpenJpkiError), heads.followed(always):
                pass
        gaps = [later - earlier for earlier, later in pairwise(readings.moments)]
        assert rests == [1, 2, 3, 4]
        assert all(gap >= 0.05 * number for number, gap in enumerate(gaps, 1))
        readings.fails = None
        with heads.followed(always):
            readings.fails = ZeroDivisionError()
        with pytest.raises(OpenJpkiError), heads.followed(always):
            pass
        assert rests[4:] == [1]


def test_the_pause_after_a_failure_is_shorter_than_a_replica_waits() -> None:
    assert feed_heads.RESTS(1) == 0.25
    assert feed_heads.RESTS(100) < 3


def test_who_is_gone_is_not_kept_by_a_database_that_hangs(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes back again and again would have all the streams that it may."""
    monkeypatch.setattr(feed_heads, "LOOKS_SECONDS", 0.01)
    with reading(database) as heads, ThreadPoolExecutor(4) as pool:
        readings.goes_on.clear()
        is_there = Event()
        is_there.set()

        def come() -> Reason:
            with pytest.raises(OpenJpkiError) as refusal, heads.followed(is_there.is_set):
                pass
            return refusal.value.reason

        coming = [pool.submit(come) for _ in range(4)]
        try:
            assert readings.held.wait(90)
            is_there.clear()
            assert {one.result(90) for one in coming} == {Reason.CANCELLED}
            assert (heads._followers, readings.count) == (0, 1)
        finally:
            readings.goes_on.set()


def test_a_database_that_hangs_does_not_keep_the_service_from_ending(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor do those who wait for it, who are told at once."""
    monkeypatch.setattr(feed_heads, "ENDS_SECONDS", 0.05)
    monkeypatch.setattr(feed_heads, "LOOKS_SECONDS", NEVER)
    with reading(database) as heads, ThreadPoolExecutor(1) as pool:
        readings.goes_on.clear()

        def come() -> Reason:
            with pytest.raises(OpenJpkiError, match="stops") as refusal, heads.followed(always):
                pass
            return refusal.value.reason

        coming = pool.submit(come)
        try:
            assert readings.held.wait(90)
            wait_until(lambda: len(heads._read_once._waiters) == 1)  # type: ignore[attr-defined]
            heads.ask_to_stop()
            assert coming.result(90) is Reason.SERVICE_UNAVAILABLE
            heads.stop()
            assert heads._tasks._thread.is_alive()
        finally:
            readings.goes_on.set()
        heads._tasks._thread.join(90)
        assert not heads._tasks._thread.is_alive()
