"""How far the feeds have come is read once for every stream, and again when they grew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.services.ca.status import feed_heads
from openjpki.services.ca.status.feed_heads import FeedHeads
from openjpki.storage.ca import feed
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut


class Readings:
    """The real reading, counted."""

    def __init__(self) -> None:
        self.count = 0
        self._positions = feed.positions

    def __call__(
        self, tx: Reading, *, left_out: LeftOut | None = None
    ) -> dict[AuthorityId, Position]:
        self.count += 1
        return self._positions(tx, left_out=left_out)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    upgrade(made, "ca")
    yield made
    made.close()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    counted = Readings()
    monkeypatch.setattr(feed, "positions", counted)
    return counted


def test_streams_share_a_reading(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 600)
    heads = FeedHeads(database, FeedSignal(), SystemClock())
    with ThreadPoolExecutor(8) as streams:
        read = list(streams.map(lambda _stream: heads.read(), range(32)))
    assert readings.count == 1
    assert all(one is read[0] for one in read)


def test_a_feed_that_grew_is_read_again_at_once(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 600)
    signal = FeedSignal()
    heads = FeedHeads(database, signal, SystemClock())
    before = heads.read()
    signal.notify()
    after = heads.read()
    assert (readings.count, after.changes) == (2, before.changes + 1)


def test_another_process_is_heard_of_after_a_moment(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_heads, "POLL_SECONDS", 0)
    heads = FeedHeads(database, FeedSignal(), SystemClock())
    heads.read()
    heads.read()
    assert readings.count == 2


def test_all_who_wait_for_a_reading_go_on_with_it(
    database: Database, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the feeds grow all the time: else each stream would read by itself, and wait for
    all the others' readings."""
    streams = 8
    signal, called = FeedSignal(), Semaphore(0)
    heads = FeedHeads(database, signal, SystemClock())
    read = feed.positions

    def while_others_come(
        tx: Reading, *, left_out: LeftOut | None = None
    ) -> dict[AuthorityId, Position]:
        if readings.count == 0:
            # Two moments are this stream's.
            assert all(called.acquire(timeout=90) for _ in range(streams + 1))
        signal.notify()
        return read(tx, left_out=left_out)

    def moment() -> float:
        called.release()
        return monotonic()

    monkeypatch.setattr(feed, "positions", while_others_come)
    monkeypatch.setattr(feed_heads, "monotonic", moment)
    with ThreadPoolExecutor(streams) as pool:
        found = list(pool.map(lambda _stream: heads.read(), range(streams)))
    assert readings.count == 2
    assert len({id(one) for one in found}) == 2


def test_all_who_wait_for_a_reading_that_fails_are_told_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each would wait for a database that is away, one after the other."""
    streams, asked = 8, 0
    called = Semaphore(0)
    heads = FeedHeads(database, FeedSignal(), SystemClock())

    def away(_tx: Reading, *, left_out: LeftOut | None = None) -> dict[AuthorityId, Position]:
        nonlocal asked
        del left_out
        asked += 1
        if asked == 1:
            # Three moments are this stream's.
            assert all(called.acquire(timeout=90) for _ in range(streams + 2))
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the database is away")

    def moment() -> float:
        called.release()
        return monotonic()

    def read(_stream: int) -> Reason:
        with pytest.raises(OpenJpkiError) as refusal:
            heads.read()
        return refusal.value.reason

    monkeypatch.setattr(feed, "positions", away)
    monkeypatch.setattr(feed_heads, "monotonic", moment)
    with ThreadPoolExecutor(streams) as pool:
        assert set(pool.map(read, range(streams))) == {Reason.SERVICE_UNAVAILABLE}
    assert asked == 2
    # Whoever comes later asks anew.
    assert read(0) is Reason.SERVICE_UNAVAILABLE
    assert asked == 3
