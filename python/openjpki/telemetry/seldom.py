"""What fails many times a second is told to the log once a minute."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

TOLD_AGAIN: Final = 60.0
"""Seconds."""


class Seldom:
    """Whether it is time to tell of something, by a name for it; there are few names."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._told: dict[str, float] = {}

    def __call__(self, what: str) -> bool:
        """Whoever is told yes tells of it."""
        now, last = self._now(), self._told.get(what)
        if last is not None and now - last < TOLD_AGAIN:
            return False
        self._told[what] = now
        return True
