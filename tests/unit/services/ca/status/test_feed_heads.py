"""How far the feeds have come is read once for every stream, and again when they grew."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from openjpki.config.clock import SystemClock
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
