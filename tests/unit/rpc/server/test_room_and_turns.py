"""Shares of the room and of the turns, caller by caller."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import parse_spiffe_id
from openjpki.rpc.server.room import Room
from openjpki.rpc.server.turns import Turns
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.rpc.identity.peer import PeerIdentity

A, B, C = (parse_spiffe_id(f"spiffe://t/verifier/{name}", "t") for name in "abc")
OPERATOR = parse_spiffe_id("spiffe://t/operator/ca/someone", "t")


class Caller:
    """A call's context: how long the caller waits, and whether it has gone."""

    def __init__(self, left: float = math.inf, *, over: bool = False) -> None:
        self.left = left
        self._over = over
        self.gone: list[Callable[[], None]] = []

    def time_remaining(self) -> float:
        return self.left

    def add_callback(self, callback: Callable[[], None]) -> bool:
        self.gone.append(callback)
        return not self._over


def context(caller: Caller | None = None) -> grpc.ServicerContext:
    return cast("grpc.ServicerContext", caller or Caller())


def reason_of(take: Callable[[], None]) -> Reason:
    with pytest.raises(OpenJpkiError) as refused:
        take()
    return refused.value.reason


def test_one_caller_has_a_part_of_the_room_and_operators_the_rest() -> None:
    room = Room("calls", total=4, of_one_caller=2, for_operators=1)
    room.take("a")
    room.take("a")
    assert reason_of(lambda: room.take("a")) is Reason.CALLER_QUOTA_EXCEEDED
    room.take("b")
    assert reason_of(lambda: room.take("c")) is Reason.TOO_MANY_CALLS
    room.take("operator", operator=True)
    assert reason_of(lambda: room.take("operator", operator=True)) is Reason.TOO_MANY_CALLS
    assert room.in_use == 4
    for caller in ("a", "a", "b", "operator"):
        room.give_back(caller)
    assert room.in_use == 0
    room.take("c")


def test_what_is_left_at_the_end_is_for_who_has_next_to_nothing() -> None:
    room = Room("calls", total=10, of_one_caller=4, for_operators=1, for_newcomers=3)
    for caller in "aabbcc":
        room.take(caller)
    assert reason_of(lambda: room.take("a")) is Reason.TOO_MANY_CALLS
    for caller in "def":
        room.take(caller)
    assert reason_of(lambda: room.take("g")) is Reason.TOO_MANY_CALLS
    room.take("operator", operator=True)
    assert room.in_use == 10
    # Somebody goes: the next newcomer has the place, nobody who has enough.
    room.give_back("operator")
    room.give_back("a")
    assert reason_of(lambda: room.take("b")) is Reason.TOO_MANY_CALLS
    room.take("g")


class Line:
    """Calls that wait for their turn, each in a thread of its own."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self._threads: list[threading.Thread] = []

    def join(self, caller: PeerIdentity) -> None:
        before = self._waiting()
        thread = threading.Thread(target=self._wait, args=(caller,))
        thread.start()
        self._threads.append(thread)
        wait_until(lambda: self._waiting() == before + 1)

    def let_all(self, first: PeerIdentity) -> None:
        """The turns that are out come back one after the other."""
        self.turns.give_back(first)
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _waiting(self) -> int:
        return sum(len(line) for line in self.turns._line.values())

    def _wait(self, caller: PeerIdentity) -> None:
        self.turns.take(caller, context())
        self.order.append(caller.scope)
        self.turns.give_back(caller)


def test_callers_in_line_take_it_in_turns() -> None:
    turns = Turns(1, of_one_caller=1)
    turns.take(A, context())
    line = Line(turns)
    for caller in (A, A, A, B, B, C):
        line.join(caller)
    line.let_all(A)
    assert line.order == ["a", "b", "c", "a", "b", "a"]
    assert turns.in_use == 0


def test_one_caller_never_has_all_turns_and_operators_find_one() -> None:
    turns = Turns(4, of_one_caller=2, for_operators=1)
    turns.take(A, context())
    turns.take(A, context())
    over = Caller(left=0.01)
    assert reason_of(lambda: turns.take(A, context(over))) is not None
    turns.take(B, context())
    assert reason_of(lambda: turns.take(C, context(Caller(left=0.01)))) is not None
    turns.take(OPERATOR, context())
    assert turns.in_use == 4


@pytest.mark.parametrize(
    ("caller", "reason"),
    [
        (Caller(left=0.0), Reason.DEADLINE_EXCEEDED),
        (Caller(over=True), Reason.CANCELLED),
    ],
)
def test_who_waits_no_longer_leaves_the_line(caller: Caller, reason: Reason) -> None:
    turns = Turns(1, of_one_caller=1)
    turns.take(A, context())
    assert reason_of(lambda: turns.take(B, context(caller))) is reason
    turns.give_back(A)
    assert turns.in_use == 0
    turns.take(C, context())


def test_who_goes_away_in_line_is_let_go_at_once() -> None:
    turns = Turns(1, of_one_caller=1)
    turns.take(A, context())
    caller = Caller()
    refused: list[Any] = []
    thread = threading.Thread(
        target=lambda: refused.append(reason_of(lambda: turns.take(B, context(caller))))
    )
    thread.start()
    wait_until(lambda: bool(caller.gone))
    caller.gone[0]()
    thread.join(30)
    assert refused == [Reason.CANCELLED]
