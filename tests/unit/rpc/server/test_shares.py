"""How many connections one address may make before it is known who calls."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from openjpki.rpc.server import shares
from openjpki.rpc.server.shares import (
    NEW_A_SECOND,
    NEW_AT_ONCE,
    REFUSED_AT_ONCE,
    Arrivals,
    Bucket,
)

if TYPE_CHECKING:
    import pytest

ONE, OTHER = ip_address("192.0.2.1"), ip_address("192.0.2.2")


def test_a_bucket_gives_what_it_has_and_then_what_comes_in() -> None:
    bucket = Bucket(3, 2.0, 100.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(100.25)
    assert bucket.take(100.5)
    assert not bucket.take(100.5)
    # However long nobody takes, it has no more than at first.
    assert [bucket.take(1e6) for _ in range(4)] == [True, True, True, False]


def test_connections_of_an_address_are_refused_beyond_its_share_and_then_it_is_shunned() -> None:
    arrivals = Arrivals()
    assert all(arrivals.may_come(ONE, 0.0) for _ in range(NEW_AT_ONCE))
    refused = [arrivals.may_come(ONE, 0.0) for _ in range(REFUSED_AT_ONCE)]
    assert refused == [False] * REFUSED_AT_ONCE
    assert arrivals.may_come(ONE, 0.0) is None
    assert arrivals.may_come(OTHER, 0.0)
    # What it may have in a second, it has whatever came before.
    assert [arrivals.may_come(ONE, 1.0) for _ in range(9)] == [True] * int(NEW_A_SECOND) + [False]


def test_clients_behind_one_address_that_wait_longer_each_time_are_never_shunned() -> None:
    """As gRPC's do, here a hundred and fifty that begin at once."""
    arrivals, waiting, now, wait = Arrivals(), 150, 0.0, 1.0
    while waiting:
        answers = [arrivals.may_come(ONE, now) for _ in range(waiting)]
        assert None not in answers
        waiting = answers.count(False)
        now, wait = now + wait, wait * 1.6
    assert now < 60


def test_a_network_of_ipv6_is_one_owner() -> None:
    arrivals = Arrivals()
    for number in range(NEW_AT_ONCE):
        assert arrivals.may_come(ip_address(f"2001:db8::{number:x}"), 0.0)
    assert arrivals.may_come(ip_address("2001:db8::ffff:1"), 0.0) is False
    assert arrivals.may_come(ip_address("2001:db8:0:1::1"), 0.0)


def test_addresses_are_forgotten_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shares, "MOST_ADDRESSES", 2)
    monkeypatch.setattr(shares, "NEW_AT_ONCE", 1)
    arrivals = Arrivals()
    assert arrivals.may_come(ONE, 0.0)
    assert arrivals.may_come(OTHER, 0.0)
    assert arrivals.may_come(ONE, 0.0) is False
    # Of the two, the one that was heard of last is kept.
    assert arrivals.may_come(ip_address("192.0.2.3"), 0.0)
    assert arrivals.may_come(ONE, 0.0) is False
    assert arrivals.may_come(OTHER, 0.0)
