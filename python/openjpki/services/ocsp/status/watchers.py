"""Who is to be told when a certificate's status changes."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from threading import Condition, Lock
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

STUCK_AFTER_SECONDS = 30.0
"""Seconds a message may wait to be taken by its reader's connection."""


class Watcher:
    """One stream's certificates, and those of them that changed since it last asked.

    What is waiting is a set of its own serials, so it never grows beyond what is watched however
    slowly the stream is read.
    """

    def __init__(self, serials: Iterable[bytes], cancel: Callable[[], object]) -> None:
        """``cancel`` ends the stream from another thread."""
        self.serials = tuple(dict.fromkeys(serials))
        self._cancel = cancel
        self._sending_since: float | None = None
        self._condition = Condition()
        self._changed: dict[bytes, None] = {}
        self._waiting_since: float | None = None

    def notify(self, serials: Iterable[bytes]) -> None:
        """These changed."""
        with self._condition:
            self._changed.update(dict.fromkeys(serials))
            if self._changed and self._waiting_since is None:
                self._waiting_since = monotonic()
            self._condition.notify_all()

    def take(self, timeout: float) -> list[bytes]:
        """What changed since the last time, waiting up to ``timeout`` seconds for something."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._changed), timeout)
            changed = list(self._changed)
            self._changed.clear()
            self._waiting_since = None
            return changed

    @contextmanager
    def sending(self) -> Iterator[None]:
        """While a message is handed over, which may take as long as the reader likes."""
        self._sending_since = monotonic()
        try:
            yield
        finally:
            self._sending_since = None

    def end_if_stuck(self) -> None:
        """A reader that takes nothing would hold its stream's thread for ever."""
        since = self._sending_since
        if since is not None and monotonic() - since > STUCK_AFTER_SECONDS:
            self._cancel()

    @property
    def behind(self) -> float:
        """Seconds that the oldest change has waited to be taken."""
        with self._condition:
            return 0.0 if self._waiting_since is None else monotonic() - self._waiting_since


class Watchers:
    """The watchers of one authority."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_serial: dict[bytes, list[Watcher]] = defaultdict(list)

    def add(self, watcher: Watcher) -> None:
        """From now on it is told."""
        with self._lock:
            for serial in watcher.serials:
                self._by_serial[serial].append(watcher)

    def remove(self, watcher: Watcher) -> None:
        """It is told no more."""
        with self._lock:
            for serial in watcher.serials:
                left = self._by_serial[serial]
                left.remove(watcher)
                if not left:
                    del self._by_serial[serial]

    def changed(self, serials: Iterable[bytes]) -> None:
        """Tell whoever watches these."""
        with self._lock:
            for serial in serials:
                # get: asking a defaultdict with [] would keep every serial of the feed.
                for watcher in self._by_serial.get(serial, ()):
                    watcher.notify((serial,))

    def all_may_have_changed(self) -> None:
        """After a new snapshot: events between may have been missed."""
        for watcher in self._everyone():
            watcher.notify(watcher.serials)

    def end_stuck(self) -> None:
        """Called now and then."""
        for watcher in self._everyone():
            watcher.end_if_stuck()

    def _everyone(self) -> set[Watcher]:
        with self._lock:
            return {watcher for some in self._by_serial.values() for watcher in some}
