"""Deadlines as numbers."""

from __future__ import annotations

import math
import time
from contextvars import copy_context
from typing import Any, cast

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import Call, current_call, enter, peer_of
from openjpki.rpc.deadline import HOP_MARGIN, expiry, outgoing_timeout
from openjpki.rpc.identity.peer import PeerIdentity
from openjpki.rpc.identity.roles import PeerRole

ENDLESS = 9.2e18
"""What gRPC says remains of a call without deadline."""
PEER = PeerIdentity(PeerRole.CA, "", "", "spiffe://x/ca")


def serving(seconds: float) -> Any:
    context = cast("Any", object())
    enter(Call(context, "s/M", PEER, time.monotonic() + seconds))
    return context


def test_deadline_is_demanded_of_short_calls_only() -> None:
    with pytest.raises(OpenJpkiError) as refused:
        expiry(ENDLESS, cap=60)
    assert refused.value.reason is Reason.DEADLINE_REQUIRED
    assert math.isinf(expiry(ENDLESS, cap=None))


def test_deadline_that_passed() -> None:
    for cap in (60.0, None):
        with pytest.raises(OpenJpkiError) as refused:
            expiry(0.0, cap=cap)
        assert refused.value.reason is Reason.DEADLINE_EXCEEDED


def test_cap_bounds_what_a_caller_allows() -> None:
    now = time.monotonic()
    assert 59 < expiry(3600, cap=60) - now < 61
    assert 4 < expiry(5, cap=60) - now < 6
    assert 3599 < expiry(3600, cap=None) - now < 3601


def test_outgoing_without_an_incoming_call() -> None:
    def check() -> None:
        assert current_call() is None
        assert outgoing_timeout(None, default=30) == 30
        assert outgoing_timeout(5, default=30) == 5
        assert outgoing_timeout(None, default=None) is None

    copy_context().run(check)


def test_outgoing_gets_no_more_than_is_left() -> None:
    def check() -> None:
        serving(2.0)
        for asked in (None, 10.0):
            given = outgoing_timeout(asked, default=30)
            assert given is not None
            assert 1.5 < given <= 2.0 - HOP_MARGIN
        assert outgoing_timeout(1.0, default=30) == 1.0
        stream = outgoing_timeout(None, default=None)
        assert stream is not None
        assert stream <= 2.0 - HOP_MARGIN

    copy_context().run(check)


def test_outgoing_with_nothing_left() -> None:
    def check() -> None:
        serving(HOP_MARGIN / 2)
        with pytest.raises(OpenJpkiError) as refused:
            outgoing_timeout(None, default=30)
        assert refused.value.reason is Reason.DEADLINE_EXCEEDED

    copy_context().run(check)


def test_peer_is_told_to_its_own_call_only() -> None:
    def check() -> None:
        context = serving(5)
        assert peer_of(context) is PEER
        call = current_call()
        assert call is not None
        assert 4 < call.expires_at - time.monotonic() <= 5
        with pytest.raises(LookupError):
            peer_of(cast("Any", object()))

    copy_context().run(check)
    with pytest.raises(LookupError):
        copy_context().run(peer_of, cast("Any", object()))
