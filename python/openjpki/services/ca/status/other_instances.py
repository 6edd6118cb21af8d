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

from openjpki.services.common.background import BackgroundTasks, Task

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from openjpki.services.ca.feed_signal import FeedSignal
    from openjpki.storage.kernel.channel import Channel
    from openjpki.storage.kernel.database import Database

CHANNEL = "openjpki_revoked"
TOLD_APART = 0.01
"""Seconds at least from one time that others are told to the next: of any number of revocations in
between they are told at once. Each time they ask the database."""
LISTENS_SECONDS = 600.0
"""Seconds for which a connection is used: as others are made anew, since a name may lead to another
server, on which the others tell."""
AGAIN_SECONDS = 1.0
"""Seconds until another connection is made. Meanwhile others' revocations are found by polling."""
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
        self._tasks = BackgroundTasks(
            "ca-instances",
            [
                Task(
                    name="hear_instances",
                    work=self._listen,
                    every=AGAIN_SECONDS,
                    endless=True,
                )
            ],
            on_stop=self._wake,
        )

    def start(self) -> None:
        """Begin, where there can be other instances."""
        if self._database.has_channels:
            self._signal.tell_others(self._wake)
            self._tasks.start()

    def stop(self) -> None:
        """End the thread, and its connection."""
        self._tasks.stop(within=ENDS_SECONDS)

    def _wake(self) -> None:
        """Who can't be told by it now is told by polling."""
        with self._lock:
            # One that is full wakes as well.
            if self._waking is not None:
                with suppress(BlockingIOError):
                    self._waking.send(b"\0")

    def _listen(self) -> None:
        ends = monotonic() + LISTENS_SECONDS
        with (
            self._database.channel(CHANNEL) as channel,
            self._woken() as woken,
            DefaultSelector() as waiting,
        ):
            waiting.register(channel, EVENT_READ)
            waiting.register(woken, EVENT_READ)
            # Of what was told meanwhile nobody heard.
            self._signal.notify()
            while not self._tasks.stopping and (left := ends - monotonic()) > 0:
                self._pass_on(channel, woken, {key.fileobj for key, _ in waiting.select(left)})

    def _pass_on(self, channel: Channel, woken: socket.socket, ready: Container[object]) -> None:
        if woken in ready and not self._tasks.stopping:
            woken.recv(_READ_AT_ONCE)
            channel.tell()
        # Also where there is nothing to read: what came while this told was read then.
        if channel.heard():
            self._signal.notify()
        if woken in ready:
            self._tasks.wait(TOLD_APART)

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
