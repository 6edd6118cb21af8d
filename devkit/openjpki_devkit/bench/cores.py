"""A processor for the server and another for whoever loads it."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDS = "two processors that are not one core's"
_SYSTEM = Path("/sys/devices/system/cpu")


@dataclass(frozen=True, slots=True)
class Cores:
    """Two of the processors that this process may use."""

    server: int
    load: int

    @classmethod
    def two(cls, system: Path = _SYSTEM) -> Cores | None:
        """The first two that are not threads of one core: those would take each other's time.
        Nothing where there are none, or the system does not tell."""
        first: dict[str, int] = {}
        for processor in sorted(os.sched_getaffinity(0)):
            threads = system / f"cpu{processor}" / "topology" / "thread_siblings_list"
            try:
                first.setdefault(threads.read_text().strip(), processor)
            except OSError:
                return None
        match list(first.values()):
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
