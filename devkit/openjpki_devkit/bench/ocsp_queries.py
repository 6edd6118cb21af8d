"""Servers asked over HTTP, so often a second, while something else is measured."""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openjpki_devkit.bench.load import Load

_ROUND = 5.0
"""Seconds that the generator is asked for at a time: nobody knows how many are needed."""


@contextmanager
def asking(loads: Sequence[Load], rate: float) -> Iterator[Callable[[], list[float]]]:
    """They are asked meanwhile; what is given ends it, and says how many each answered a second.

    Raises ``INTERNAL`` from there where an answer was wrong, or did not come.
    """
    ended = Event()

    def ask(load: Load) -> float:
        answered: list[float] = []
        while not (answered and ended.is_set()):
            report = load.report("--rate", str(rate), seconds=_ROUND, warm_up=0.0)
            answered.append(float(report["rate"]))
        return statistics.mean(answered)

    with ThreadPoolExecutor(len(loads)) as pool:
        asked = [pool.submit(ask, load) for load in loads]

        def end() -> list[float]:
            ended.set()
            return [one.result() for one in asked]

        try:
            yield end
        finally:
            ended.set()
