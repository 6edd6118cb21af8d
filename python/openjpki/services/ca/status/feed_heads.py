"""How far every feed has come, and what is new, read once for all who follow."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ca.status.recent_events import RecentEvents
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ca.feed_signal import FeedSignal
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import Unreadable

POLL_SECONDS = 0.25
"""Seconds that one reading serves every stream, unless a feed is known to have grown since: then
the database is asked whether another process has written."""
GATHERED_SECONDS = 0.03
"""Seconds between readings at least: what is committed meanwhile is told in one message. Making and
sending one, to each stream, costs many times what an event in it does."""


@dataclass(frozen=True, slots=True)
class Heads:
    """One reading."""

    positions: Mapping[AuthorityId, Position]
    """Without those that can't be read."""
    whole: bool
    """Whether there was none of those: an authority without a position is none here."""
    changes: int
    """The signal's count before it: what is committed after that is not missed."""
    read_at: float
    """Before it, by ``monotonic()``."""
    as_of: datetime
    """Before it, by the clock: whatever had been committed by then is in it."""


class FeedHeads:
    """The newest reading; whoever needs a newer one reads, the others wait for it."""

    def __init__(self, database: Database, signal: FeedSignal, clock: Clock) -> None:
        self._database = database
        self._signal = signal
        self._clock = clock
        self._lock = Lock()
        self._newest: Heads | None = None
        self._failed: tuple[float, OpenJpkiError] | None = None
        """When the last reading that failed was begun, and how it did."""
        self.recent = RecentEvents(database)
        """Events up to the newest reading, or a little beyond it."""

    def read(self, since: float = 0.0) -> Heads:
        """A reading that is new enough, and not from before ``since``, by ``monotonic()``. Raises
        ``SERVICE_UNAVAILABLE``."""
        called = monotonic()
        with self._lock:
            if self._failed is not None and self._failed[0] >= called:
                # A database that is away is not waited for by one stream after the other.
                _, failed = self._failed
                raise OpenJpkiError(failed.reason, failed.message)
            newest = self._newest
            if newest is not None:
                if newest.read_at >= called:
                    # Made for another stream while this one waited. If the feeds have grown again
                    # since, all go on with the next one together, instead of each with its own.
                    return newest
                age = monotonic() - newest.read_at
                has_grown = newest.changes != self._signal.changes
                if not has_grown and age < POLL_SECONDS and newest.read_at >= since:
                    return newest
                # All who wait for the lock need what is read next.
                sleep(max(GATHERED_SECONDS - age, 0.0))
            began = monotonic()
            try:
                self._newest = self._read()
            except OpenJpkiError as error:
                # Without the frames that it came through.
                self._failed = began, OpenJpkiError(error.reason, error.message)
                raise
            return self._newest

    def _read(self) -> Heads:
        changes, read_at, as_of = self._signal.changes, monotonic(), self._clock.now()
        unreadable: list[Unreadable] = []
        known = self._database.ask(lambda tx: feed.positions(tx, left_out=unreadable.append))
        for one in unreadable:
            tell_left_out(one)
        self.recent.read(known)
        return Heads(known, not unreadable, changes, read_at, as_of)
