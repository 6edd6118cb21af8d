"""What happens when the process is asked to end."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def ending_as_by_ctrl_c() -> Iterator[None]:
    """SIGTERM too ends what is done meanwhile in the main thread, and lets it leave things in
    order: by ``timeout``, in cron and in a pod, nobody presses keys."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
