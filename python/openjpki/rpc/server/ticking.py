"""Something done again and again in a thread of its own."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LOOK_EVERY = 0.1
"""Seconds."""


class Ticking:
    """Does it every so many seconds between :meth:`start` and :meth:`stop`."""

    def __init__(
        self, name: str, work: Callable[[], None], every: Callable[[], float] | None = None
    ) -> None:
        """``every``: seconds until the next time; without it :data:`LOOK_EVERY`."""
        self._work = work
        self._every = every or (lambda: LOOK_EVERY)
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Do it no more. May be called twice, and without a start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every()):
            self._work()
