"""A processor for the server and another for whoever loads it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Cores:
    """Two of the processors that this process may use."""

    server: int
    load: int

    @classmethod
    def two(cls) -> Cores | None:
        """The first two; nothing where there is one alone."""
        match sorted(os.sched_getaffinity(0)):
            case [load, server, *_]:
                return cls(server, load)
        return None


@contextmanager
def on(core: int) -> Iterator[None]:
    """What this thread does inside, and the processes it starts there, are on this processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
