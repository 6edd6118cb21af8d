"""Who is shunned again is shunned for longer, until it is forgotten."""

from __future__ import annotations

from ipaddress import ip_address

from openjpki.rpc.server.shunned import FORGIVEN, LONGEST, SHUN, Shunned

ONE = ip_address("192.0.2.1")


def lasts(shunned: Shunned, now: float) -> float:
    """For how long it is shunned when it is at that time."""
    shunned.add([ONE], now)
    for seconds in (60.0, 120.0, 240.0, 480.0, 960.0):
        assert not shunned.let_in(now + seconds - 1)
        if shunned.let_in(now + seconds):
            assert ONE not in shunned
            return seconds
    raise AssertionError("shunned for ever")


def test_each_time_is_twice_the_last_up_to_the_longest() -> None:
    shunned, now, times = Shunned(), 0.0, []
    for _ in range(6):
        times.append(lasts(shunned, now))
        now += times[-1] + 10
    assert times == [60, 120, 240, 480, LONGEST, LONGEST]
    assert lasts(shunned, now + FORGIVEN) == SHUN


def test_what_is_still_of_the_same_time_counts_once() -> None:
    shunned = Shunned()
    shunned.add([ONE], 0.0)
    shunned.add([ONE], 1.0)
    assert shunned.now == [ONE]
    assert not shunned.let_in(SHUN)
    assert shunned.let_in(SHUN + 1)
