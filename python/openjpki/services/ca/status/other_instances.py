"""Instances of ca over one database tell each other that somebody was revoked, beside the polling.

Of what others issue the next look at the database tells soon enough: whoever was just certified
waits for nothing. Who was revoked is called good by whatever replica has not heard of it.
"""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.common.background import BackgroundTasks, Task, doubling
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import LISTENS_TO_INSTANCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.ca.feed_signal import FeedSignal
    from openjpki.storage.kernel.channel import Channel
    from openjpki.storage.kernel.database import Database

_log = get_logger("instances")

CHANNEL = "openjpki_revoked"
TOLD_APART = 0.01
"""Seconds at least from one time that others are told to the next: of any number of revocations in
between they are told at once. Each time they ask the database."""
LISTENS_SECONDS = 600.0
"""Seconds for which a connection is used, then another is made before it ends: a name may lead to
another server since, on which the others tell. One that can't be replaced stays in use."""
AGAIN_SECONDS = 1.0
"""Seconds until another connection is made where one was lost, and until others are told where they
could not be. Meanwhile their revocations, and ours, are found by polling."""
AGAIN = doubling(AGAIN_SECONDS, 30.0)
"""The same where none was to be had, so many times in a row."""
ENDS_SECONDS = 5.0
"""Seconds at most that the end of the service waits for a database that hangs."""
_READ_AT_ONCE = 4096


class OtherInstances:
    """A thread that sleeps until somebody was revoked, here or elsewhere."""

    def __init__(self, database: Database, signal: FeedSignal) -> None:
        """``signal``: told of what was done elsewhere, and tells of what was done here."""
        self._database = database
        self._signal = signal
        self._lock = Lock()
        self._waking: socket.socket | None = None
        """Leads to the thread while it listens."""
        self._revoked, self._told = 0, 0
        """How often somebody was revoked here, and of how many of these times others were told."""
        self._tasks = BackgroundTasks(
            "ca-instances",
            [
                Task(
                    name="hear_instances",
                    work=self._listen,
                    every=AGAIN_SECONDS,
                    retry=AGAIN,
                    endless=True,
                )
            ],
            on_stop=self._wake,
        )

    def start(self) -> None:
        """Begin, where there can be other instances."""
        if self._database.has_channels:
            self._signal.tell_others(self._has_revoked)
            self._tasks.start()
        else:
            LISTENS_TO_INSTANCES.set(1)

    def ask_to_stop(self) -> None:
        """Others are told of what they were not told of yet, and no more."""
        self._tasks.ask_to_stop()

    def stop(self, within: float = ENDS_SECONDS) -> None:
        """End the thread, and its connection: so many seconds are waited for that."""
        self._tasks.stop(within=within)

    def _has_revoked(self) -> None:
        with self._lock:
            self._revoked += 1
        self._wake()

    def _wake(self) -> None:
        """Who can't be told by it now is told by polling, or once there is a connection."""
        with self._lock:
            # One that is full wakes as well.
            if self._waking is not None:
                with suppress(BlockingIOError):
                    self._waking.send(b"\0")

    def _listen(self) -> None:
        channel = self._database.channel(CHANNEL)
        LISTENS_TO_INSTANCES.set(1)
        try:
            with self._woken() as woken:
                while not self._tasks.stopping:
                    # Of what was told meanwhile nobody heard.
                    self._signal.notify()
                    self._use(channel, woken, monotonic() + LISTENS_SECONDS)
                    channel = self._replaced(channel)
            self._tell(channel)
        except OpenJpkiError as error:
            # Not as one that was not to be had: another one may be, at once.
            _log.warning("a channel was lost", reason=error.reason.name, rule=error.message)
        finally:
            LISTENS_TO_INSTANCES.set(0)
            channel.close()

    def _use(self, channel: Channel, woken: socket.socket, end: float) -> None:
        with DefaultSelector() as waiting:
            waiting.register(channel, EVENT_READ)
            waiting.register(woken, EVENT_READ)
            told = self._tell(channel)
            while not self._tasks.stopping and (left := end - monotonic()) > 0:
                ready = waiting.select(left if told else min(left, AGAIN_SECONDS))
                if woken in {key.fileobj for key, _ in ready}:
                    woken.recv(_READ_AT_ONCE)
                told = self._tell(channel)
                # Also where there is nothing to read: what came while this told was read then.
                if channel.heard():
                    self._signal.notify()
                # Whoever may connect can tell, as often as they like.
                self._tasks.wait(TOLD_APART)

    def _tell(self, channel: Channel) -> bool:
        """Others of what they were not told of; whether there is nothing left of that."""
        with self._lock:
            revoked = self._revoked
        if revoked != self._told and channel.tell():
            self._told = revoked
        return revoked == self._told

    def _replaced(self, channel: Channel) -> Channel:
        """Another one, or this one where there is none: the new one first, so that a server without
        a connection left takes none from us, and nothing is told in between."""
        if self._tasks.stopping:
            return channel
        try:
            fresh = self._database.channel(CHANNEL)
        except OpenJpkiError:
            return channel
        channel.close()
        return fresh

    @contextmanager
    def _woken(self) -> Iterator[socket.socket]:
        """Is there to be read once the thread is to look."""
        woken, waking = socket.socketpair()
        with closing(woken), closing(waking):
            waking.settimeout(0)
            with self._lock:
                self._waking = waking
            try:
                yield woken
            finally:
                with self._lock:
                    self._waking = None
