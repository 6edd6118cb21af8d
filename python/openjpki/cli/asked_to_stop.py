"""Waits until the process is asked to end."""

from __future__ import annotations

import signal
from threading import Event

_LOOK_EVERY = 0.5
"""Seconds."""


class AskedToStop:
    """SIGTERM or SIGINT, from when this is made; in the main thread alone."""

    def __init__(self) -> None:
        self._asked = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._asked.set())

    def wait(self) -> None:
        """Returns once the process is asked, or was already."""
        # Python carries a handler out in the main thread, once that goes on. The kernel may give
        # the signal to any thread, a library's too, and then nothing wakes a main thread that waits
        # without an end: the service would be killed when its time is over, calls and all.
        while not self._asked.wait(_LOOK_EVERY):
            pass
