"""Following one authority's status feed: a snapshot, then every event by its number (R4.1.1).

The position taken is the only state. After a break the feed is asked for what came after it, so
nothing is lost; an event at or below it is left aside, so nothing is taken twice; a number that is
missing, or a feed that no longer has the position, means a new snapshot.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock, Semaphore, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status.snapshot import apply_columns, load_snapshot
from openjpki.services.ocsp.status.statuses import REVOKED, Position
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import FEED_LAG, FEED_SEQUENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.api.ca.v1 import ca_pb2_grpc
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.ca_connection import CaConnection
    from openjpki.services.ocsp.status.statuses import AuthorityStatus

SILENCE = 3.0
"""Seconds without a message, of which the contract promises one a second, after which the stream
is given up: a connection may be dead without having ended."""
RETRY = 0.25
"""Seconds from a break to the next attempt."""

_log = get_logger("feed")


class _SnapshotNeededError(Exception):
    """The feed can't be followed from here."""


class FeedFollower:
    """A thread that keeps one :class:`AuthorityStatus` current."""

    def __init__(
        self,
        status: AuthorityStatus,
        ca: CaConnection,
        clock: Clock,
        turns: Semaphore | None = None,
    ) -> None:
        """``turns``: what followers who share it take before they read a snapshot."""
        self.status = status
        self._turns = turns or Semaphore()
        self._ca = ca
        self._used = ca.stubs
        self._clock = clock
        self._stop = Event()
        self._lock = Lock()
        self._stream: Any = None
        self._last_message = monotonic()
        self._follow_from: int | None = None
        """``None``: a snapshot is needed. The last one's answers stand as long as they are
        fresh."""
        self._thread = Thread(target=self._run, name=f"feed-{status.authority_id}", daemon=True)

    def start(self) -> None:
        """Begin with a snapshot."""
        # A function, not a value: the lag grows when nothing happens, which is when it matters.
        FEED_LAG.labels(str(self.status.authority_id)).set_function(lambda: self.status.lag)
        self._thread.start()

    def stop(self) -> None:
        """End the stream and the thread."""
        self._stop.set()
        self._cancel()
        self._thread.join()
        with suppress(KeyError):
            FEED_LAG.remove(str(self.status.authority_id))

    def give_up_if_silent(self) -> None:
        """Called now and then by another thread, as this one may wait for a message for ever."""
        if monotonic() - self._last_message > SILENCE:
            self._last_message = monotonic()
            self._ca.give_up(self._used)
            self._cancel()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._once()
            except _SnapshotNeededError as error:
                _log.warning(
                    "snapshot needed", authority=str(self.status.authority_id), why=str(error)
                )
                self._forget()
            except OpenJpkiError as error:
                if error.reason is Reason.FEED_POSITION_GONE:
                    self._forget()
                if not self._stop.is_set() and error.reason is not Reason.CANCELLED:
                    _log.warning(
                        "feed broke",
                        authority=str(self.status.authority_id),
                        reason=error.reason.name,
                    )
            except Exception as error:  # noqa: BLE001 - status must come back after any fault
                _log.error("feed broke", authority=str(self.status.authority_id), exc_info=error)
            self._stop.wait(RETRY)

    def _once(self) -> None:
        if self._follow_from is None:
            if not self._wait_for_turn():
                return
            try:
                self._load()
            finally:
                self._turns.release()
        self._follow()

    def _wait_for_turn(self) -> bool:
        """False when asked to stop meanwhile."""
        while not self._turns.acquire(timeout=RETRY):
            if self._stop.is_set():
                return False
            # Nothing was asked of ca yet, so its silence means nothing.
            self._last_message = monotonic()
        return True

    def _forget(self) -> None:
        self._follow_from = None

    def _load(self) -> None:
        authority_id = self.status.authority_id
        request = ca_pb2.ReadSnapshotRequest(authority_id=str(authority_id))
        pages = self._begin(lambda stub: stub.ReadSnapshot(request))
        asked, asked_at = monotonic(), self._clock.now()
        loaded = load_snapshot(authority_id, self._heard(pages))
        # As of when it was asked for: reading a large one takes its time.
        self.status.position = Position(loaded.index, loaded.sequence, asked, asked_at)
        self._follow_from = loaded.sequence
        FEED_SEQUENCE.labels(str(authority_id)).set(loaded.sequence)
        self.status.watchers.all_may_have_changed()
        _log.info("snapshot loaded", authority=str(authority_id), sequence=loaded.sequence)

    def _follow(self) -> None:
        after = self._follow_from
        request = ca_pb2.FollowRequest(
            authority_id=str(self.status.authority_id), after_sequence=after or 0
        )
        for message in self._heard(self._begin(lambda stub: stub.Follow(request))):
            self._take(message)

    def _take(self, message: ca_pb2.FollowResponse) -> None:
        position = self.status.position
        if position is None:
            raise _SnapshotNeededError("there is none yet")
        sequence, fresh = position.sequence, []
        for event in message.events:
            if event.sequence <= sequence:
                continue
            if event.sequence != sequence + 1:
                raise _SnapshotNeededError("the feed has a gap")
            sequence = event.sequence
            fresh.append(event)
        if sequence > message.head_sequence:
            raise _SnapshotNeededError("the feed went back")
        if fresh:
            self._apply(position, fresh)
        position = replace(position, sequence=sequence)
        if sequence == message.head_sequence:
            position = replace(position, heard=monotonic(), heard_at=self._clock.now())
        self.status.position = position
        self._follow_from = sequence
        if fresh:
            FEED_SEQUENCE.labels(str(self.status.authority_id)).set(sequence)
            self.status.watchers.changed(event.serial for event in fresh)

    def _apply(self, position: Position, events: list[ca_pb2.StatusEvent]) -> None:
        """In the index before the position says so: an answer is never older than it claims."""
        apply_columns(
            position.index,
            self.status.authority_id,
            [event.serial for event in events],
            bytes(event.status for event in events),
            bytes(event.reason for event in events),
            [_revoked_at(event) for event in events],
        )

    def _begin(self, ask: Callable[[ca_pb2_grpc.StatusFeedServiceStub], Any]) -> Any:
        used = self._ca.stubs
        stream = ask(used.feed)
        with self._lock:
            self._used, self._stream = used, stream
            self._last_message = monotonic()
        if self._stop.is_set():
            stream.cancel()
        return stream

    def _heard(self, stream: Any) -> Any:
        try:
            for message in stream:
                self._last_message = monotonic()
                yield message
        finally:
            stream.cancel()

    def _cancel(self) -> None:
        with self._lock:
            if self._stream is not None:
                self._stream.cancel()


def _revoked_at(event: ca_pb2.StatusEvent) -> int:
    return event.at.seconds if event.status == REVOKED else 0
