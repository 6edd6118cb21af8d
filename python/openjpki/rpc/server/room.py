"""Room for calls and for streams: each holds a thread for as long as it likes, so they are counted.

One caller gets a part of the room and never all of it: whoever opens calls without end, with a
stolen credential or by mistake, keeps nobody else out. Nor do several of them together: what is
left at the end is for callers who have next to nothing, such as the service that asks itself
whether it answers. Some is kept for operators, who must get in when nobody else does.
"""

from __future__ import annotations

from threading import Lock

from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.metrics import RPC_NO_ROOM

NEXT_TO_NOTHING = 2
"""Calls; whoever has fewer may have of what is kept for newcomers."""


class Room:
    """What one server serves at once of one kind, by whose it is. Safe for many threads."""

    def __init__(
        self,
        kind: str,
        *,
        total: int,
        of_one_caller: int,
        for_operators: int = 0,
        for_newcomers: int = 0,
    ) -> None:
        """``kind``: "calls" or "streams". ``for_operators`` and ``for_newcomers``: of ``total``,
        apart from each other."""
        self._kind = kind
        self._total = total
        self._of_one_caller = of_one_caller
        self._of_newcomers = total - for_operators
        self._of_all_others = total - for_operators - for_newcomers
        self._lock = Lock()
        self._taken: dict[str, int] = {}
        self._in_use = 0
        self._no_room = {whose: RPC_NO_ROOM.labels(kind, whose) for whose in ("caller", "service")}

    @property
    def in_use(self) -> int:
        """How many are served or in line."""
        return self._in_use

    def take(self, caller: str, *, operator: bool = False) -> None:
        """One more; ``caller``: SPIFFE id. Raises ``CALLER_QUOTA_EXCEEDED``, ``TOO_MANY_CALLS``,
        and then takes nothing."""
        with self._lock:
            taken = self._taken.get(caller, 0)
            limit = self._limit(taken, operator=operator)
            if taken < self._of_one_caller and self._in_use < limit:
                self._taken[caller] = taken + 1
                self._in_use += 1
                return
        if taken >= self._of_one_caller:
            self._no_room["caller"].inc()
            raise OpenJpkiError(
                Reason.CALLER_QUOTA_EXCEEDED, f"this caller has as many {self._kind} as one may"
            )
        self._no_room["service"].inc()
        raise OpenJpkiError(Reason.TOO_MANY_CALLS, f"no more {self._kind} can be served")

    def _limit(self, taken: int, *, operator: bool) -> int:
        if operator:
            return self._total
        return self._of_newcomers if taken < NEXT_TO_NOTHING else self._of_all_others

    def give_back(self, caller: str) -> None:
        """One that was taken has ended."""
        with self._lock:
            self._in_use -= 1
            left = self._taken[caller] - 1
            if left:
                self._taken[caller] = left
            else:
                # Callers come and go for months.
                del self._taken[caller]
