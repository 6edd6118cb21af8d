"""Turns at working: few calls run at once, those that wait get their turn caller by caller.

Calls that run share the processors and the interpreter, so more of them at once serve nobody
faster. One caller gets a part of the turns and never all of them; some are kept for operators. Of
those in line the callers take it in turns, so that one who sends a thousand calls delays his own.
"""

from __future__ import annotations

import math
from collections import deque
from threading import Event, Lock
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    import grpc

    from openjpki.rpc.identity.peer import PeerIdentity


class _Waiting:
    """A call in line."""

    __slots__ = ("called", "caller", "has_turn")

    def __init__(self, caller: PeerIdentity) -> None:
        self.caller = caller
        self.called = Event()
        """Set once it has its turn, or has gone."""
        self.has_turn = False


class Turns:
    """As many turns as calls may run at once. Safe for many threads."""

    def __init__(self, total: int, *, of_one_caller: int, for_operators: int = 0) -> None:
        """``for_operators``: of ``total``."""
        self._total = total
        self._of_one_caller = of_one_caller
        self._of_all_others = total - for_operators
        self._lock = Lock()
        self._in_use = 0
        self._taken: dict[str, int] = {}
        self._line: dict[str, deque[_Waiting]] = {}
        """By caller, in the order in which they are next."""

    @property
    def in_use(self) -> int:
        """How many calls run."""
        return self._in_use

    def take(self, caller: PeerIdentity, context: grpc.ServicerContext) -> None:
        """Wait for a turn. Raises ``DEADLINE_EXCEEDED`` when the caller's time is over before,
        ``CANCELLED`` when the caller has gone."""
        with self._lock:
            # Whoever waits may not run: what one may not, who comes later may.
            if self._may_run(caller):
                self._give(caller)
                return
            waiting = _Waiting(caller)
            self._line.setdefault(caller.spiffe_id, deque()).append(waiting)
        # Without a place for the callback the call is over already.
        gone = not context.add_callback(waiting.called.set)
        left = context.time_remaining()
        if not gone:
            waiting.called.wait(left if left < _LONGEST else None)
        with self._lock:
            if waiting.has_turn:
                return
            self._leave(waiting)
        if gone or context.time_remaining() > 0:
            raise OpenJpkiError(Reason.CANCELLED, "the caller went away while in line")
        raise OpenJpkiError(Reason.DEADLINE_EXCEEDED, "the deadline passed before the call ran")

    def give_back(self, caller: PeerIdentity) -> None:
        """A turn is over."""
        with self._lock:
            self._in_use -= 1
            left = self._taken[caller.spiffe_id] - 1
            if left:
                self._taken[caller.spiffe_id] = left
            else:
                del self._taken[caller.spiffe_id]
            if self._line:
                self._call_next()

    def _may_run(self, caller: PeerIdentity) -> bool:
        limit = self._total if caller.role is PeerRole.OPERATOR else self._of_all_others
        return self._in_use < limit and (self._taken.get(caller.spiffe_id, 0) < self._of_one_caller)

    def _give(self, caller: PeerIdentity) -> None:
        self._in_use += 1
        self._taken[caller.spiffe_id] = self._taken.get(caller.spiffe_id, 0) + 1

    def _call_next(self) -> None:
        for caller_id in list(self._line):
            if self._in_use >= self._total:
                return
            line = self._line[caller_id]
            if not self._may_run(line[0].caller):
                continue
            waiting = line.popleft()
            self._give(waiting.caller)
            waiting.has_turn = True
            waiting.called.set()
            # To the end of the row of callers.
            del self._line[caller_id]
            if line:
                self._line[caller_id] = line

    def _leave(self, waiting: _Waiting) -> None:
        caller_id = waiting.caller.spiffe_id
        line = self._line[caller_id]
        line.remove(waiting)
        if not line:
            del self._line[caller_id]


_LONGEST = math.ldexp(1.0, 22)
"""Seconds: about seven weeks. gRPC reports a call without deadline as one of centuries, more than
threads can wait for."""
