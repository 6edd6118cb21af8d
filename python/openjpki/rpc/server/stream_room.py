"""Room for streams: each holds a thread for as long as it likes, so they are counted.

One caller gets a part of the room and never all of it: whoever opens streams without end, with a
stolen credential or by mistake, keeps nobody else out.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock

from openjpki.errors import OpenJpkiError, Reason


class StreamRoom:
    """The streams that one server serves at once, by whose they are. Safe for many threads."""

    def __init__(self, *, streams: int, of_one_caller: int) -> None:
        self._streams = streams
        self._of_one_caller = of_one_caller
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    def take(self, caller: str) -> None:
        """One more; ``caller``: SPIFFE id. Raises ``TOO_MANY_CALLS``, and then takes nothing."""
        with self._lock:
            if self._taken.get(caller, 0) >= self._of_one_caller:
                raise OpenJpkiError(Reason.TOO_MANY_CALLS, "this caller has too many streams")
            if self._taken.total() >= self._streams:
                raise OpenJpkiError(Reason.TOO_MANY_CALLS, "no more streams can be served")
            self._taken[caller] += 1

    def give_back(self, caller: str) -> None:
        """One that was taken has ended."""
        with self._lock:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                # Callers come and go for months.
                del self._taken[caller]
