"""How far every feed has come, and what is new, read by one thread for all who follow."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition, RLock
from time import monotonic, sleep
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.status.recent_events import RecentEvents
from openjpki.services.common.background import BackgroundTasks, NotDoneError, Task, doubling
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ca.feed_signal import FeedSignal
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import Unreadable

POLL_SECONDS = 0.25
"""Seconds from one reading to the next, unless a feed is known to have grown since: then the
database is asked whether another process has written."""
GATHERED_SECONDS = 0.03
"""Seconds at least from a reading that found something new to the next: what is committed meanwhile
is told in one message. Making and sending one, to each stream, costs many times what an event in it
does."""
LOOKS_SECONDS = 0.5
"""Seconds at most without a look whether whoever waits still has to."""
RESTS = doubling(POLL_SECONDS, 2.0)
"""Seconds after so many readings that failed in a row, whoever asks for another: each who comes
back wakes the reader. A replica waits for three."""
ENDS_SECONDS = 5.0
"""Seconds at most that the end of the service waits for a reading: a database that hangs neither
answers nor fails."""
_READ = "read_feeds"


@dataclass(frozen=True, slots=True)
class Heads:
    """One reading."""

    positions: Mapping[AuthorityId, Position]
    """Without those that can't be read."""
    whole: bool
    """Whether there was none of those: an authority without a position is none here."""
    grown: int
    """How many readings up to this one found something else than the one before."""
    read_at: float
    """Before it, by ``monotonic()``."""
    as_of: datetime
    """Before it, by the clock: whatever had been committed by then is in it."""


class FeedHeads:
    """A thread that reads as long as somebody follows; whoever does is woken when a feed has grown,
    and costs nothing until then."""

    def __init__(self, database: Database, signal: FeedSignal, clock: Clock) -> None:
        """``signal``: has it read at once."""
        self._database = database
        self._clock = clock
        self._newest: Heads | None = None
        self._failed: tuple[float, OpenJpkiError] | None = None
        """When the last reading that failed was begun, and how it did."""
        self._failures, self._rests_until = 0, 0.0
        """In a row; by ``monotonic()``."""
        self._followers = 0
        # The collector may end a stream in a thread that has it.
        lock = RLock()
        self._read_once, self._grown = Condition(lock), Condition(lock)
        """After each reading; after one that found something new, or failed."""
        self._tasks = BackgroundTasks(
            "ca-feeds", [Task(name=_READ, work=self._read, every=POLL_SECONDS)]
        )
        self._signal = signal
        self.recent = RecentEvents(database)
        """Events up to the newest reading, or a little beyond it."""

    def start(self) -> None:
        """Begin."""
        self._signal.listen(self._has_grown)
        self._tasks.start()

    def ask_to_stop(self) -> None:
        """Nothing more is read, and nobody waits for it."""
        self._tasks.ask_to_stop()
        with self._grown:
            self._read_once.notify_all()
            self._grown.notify_all()

    def stop(self) -> None:
        """End the thread: nothing is told after that."""
        self.ask_to_stop()
        self._tasks.stop(within=ENDS_SECONDS)

    @contextmanager
    def followed(self, goes_on: Callable[[], bool]) -> Iterator[Heads]:
        """Have it read from now on; a reading begun after this, which has whatever position has
        been told by anybody. Waited for while ``goes_on`` says so: the database may hang.

        Raises ``SERVICE_UNAVAILABLE``, ``CANCELLED``.
        """
        since = monotonic()
        with self._grown:
            self._followers += 1
        try:
            self._tasks.wake(_READ)
            first = None
            while first is None:
                if self._tasks.stopping:
                    raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the service stops")
                # Without the lock: a call has one of its own, and whoever holds that may want ours.
                if not goes_on():
                    raise OpenJpkiError(Reason.CANCELLED, "whoever would follow is gone")
                first = self._read_since(since)
            yield first
        finally:
            with self._grown:
                self._followers -= 1

    def _has_grown(self) -> None:
        # Whoever follows from now on has it read anyway.
        if self._followers:
            self._tasks.wake(_READ)

    def newest(self, seen: Heads) -> Heads:
        """The newest reading; ``seen`` is one of before."""
        return self._newest or seen

    def after(self, seen: Heads, due: float) -> Heads:
        """The newest reading as soon as a feed has grown since ``seen``; from ``due`` on, by
        ``monotonic()``, any that is newer. Is ``seen`` where there is none for a while. Raises
        ``SERVICE_UNAVAILABLE``."""
        with self._grown:
            if self._newest is not None and self._newest.grown == seen.grown:
                pause = due - monotonic()
                if pause > 0:
                    self._wait(self._grown, pause, seen.read_at)
                if monotonic() >= due and self._newest is seen:
                    self._wait(self._read_once, LOOKS_SECONDS, seen.read_at)
            return self.newest(seen)

    def _read_since(self, began: float) -> Heads | None:
        """The newest reading, if it was begun after that; none where there is none for a while."""
        with self._grown:
            if self._newest is None or self._newest.read_at < began:
                self._wait(self._read_once, LOOKS_SECONDS, began)
            newest = self._newest
        return newest if newest is not None and newest.read_at >= began else None

    def _wait(self, until: Condition, seconds: float, since: float) -> None:
        if not self._has_failed(since):
            until.wait(seconds)
        if self._failed is not None and self._has_failed(since):
            _, failed = self._failed
            raise OpenJpkiError(failed.reason, failed.message)

    def _has_failed(self, since: float) -> bool:
        return self._failed is not None and self._failed[0] >= since

    def _read(self) -> None:
        with self._grown:
            if not self._followers:
                return
        # Here, and not where it failed: whoever waits, and the log, is told at once.
        if self._tasks.wait(max(self._rests_until - monotonic(), 0.0)):
            return
        began = monotonic()
        try:
            read = self._reading(began)
        except OpenJpkiError as error:
            self._fail(began, error)
            # Each who follows is told, and what ails the database by whoever watches it.
            raise NotDoneError from error
        except Exception:
            self._fail(began, OpenJpkiError(Reason.INTERNAL, "the feeds can't be read"))
            raise
        with self._grown:
            before, self._newest, self._failed = self._newest, read, None
            self._failures = 0
            self._read_once.notify_all()
            has_grown = before is None or before.grown != read.grown
            if has_grown:
                self._grown.notify_all()
        if has_grown:
            # Nobody waits for this thread meanwhile, or all wait together.
            sleep(GATHERED_SECONDS)

    def _fail(self, began: float, error: OpenJpkiError) -> None:
        with self._grown:
            # Without the frames that it came through.
            self._failed = began, OpenJpkiError(error.reason, error.message)
            self._failures += 1
            self._rests_until = monotonic() + RESTS(self._failures)
            self._read_once.notify_all()
            self._grown.notify_all()

    def _reading(self, began: float) -> Heads:
        as_of = self._clock.now()
        unreadable: list[Unreadable] = []
        known = self._database.ask(lambda tx: feed.positions(tx, left_out=unreadable.append))
        for one in unreadable:
            tell_left_out(one)
        self.recent.read(known)
        before, grown = self._newest, 0
        if before is not None:
            grown = before.grown + ((before.positions, before.whole) != (known, not unreadable))
        return Heads(known, not unreadable, grown, began, as_of)
