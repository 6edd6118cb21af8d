"""So many lines of the log a second and no more, for what strangers cause as often as they like."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Lines:
    """What is left of this second. For one thread."""

    def __init__(self, a_second: int, clock: Callable[[], float] = monotonic) -> None:
        self._a_second = a_second
        self._clock = clock
        self._second = 0
        self._left = a_second

    def take(self) -> bool:
        """Whether a line may be written now; if so it is counted."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._left = second, self._a_second
        if not self._left:
            return False
        self._left -= 1
        return True
