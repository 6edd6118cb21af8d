"""How often something can be done in a second, and how long it takes once."""

from __future__ import annotations

import os
import statistics
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

SECONDS = 2.0


def per_second(
    work: Callable[[], int],
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Calls ``work`` for so many seconds; it says how many things it did each time.

    With ``time.thread_time`` the seconds are those the calling thread had a processor: for work
    that it does alone, beside other work that it does alone, on a machine that others use too.
    """
    work()
    done = 0
    began = clock()
    while (elapsed := clock() - began) < seconds:
        done += work()
    return done / elapsed


def per_second_of_all(
    pool: Executor, threads: int, work: Callable[[], int], seconds: float = SECONDS
) -> float:
    """What so many threads of the pool, each calling ``work``, do in a second together."""
    each = [pool.submit(per_second, work, seconds) for _ in range(threads)]
    return sum(one.result() for one in each)


def median_seconds(work: Callable[[], object], seconds: float = SECONDS) -> float:
    """Calls ``work`` for so many seconds; the median of what a call takes."""
    work()
    taken = []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))


@contextmanager
def one_core() -> Iterator[None]:
    """Everything inside runs on one processor, threads and child processes started there too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
