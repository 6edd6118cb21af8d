"""How long something takes, where a requirement says how long it may.

A busy machine makes it long one time and short another; what is slow by itself is so every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def assert_within(seconds: float, measure: Callable[[], float], *, times: int = 8) -> None:
    """``measure`` returns how long it took this time; one of so many must be within ``seconds``."""
    took: list[float] = []
    for _ in range(times):
        took.append(measure())
        if took[-1] < seconds:
            return
    raise AssertionError(f"never within {seconds} s: {took}")
