"""Which call is current."""

from __future__ import annotations

from contextvars import copy_context
from typing import Any, cast

import pytest

from openjpki.rpc.current_call import Call, current_call, enter, leave, peer_of
from openjpki.rpc.identity.peer import PeerIdentity
from openjpki.rpc.identity.roles import PeerRole

PEER = PeerIdentity(PeerRole.CA, "", "", "spiffe://x/ca")


def entered() -> Any:
    context = cast("Any", object())
    enter(Call(context, "s/M", PEER, 1.0))
    return context


def test_call_that_is_over_is_no_longer_current() -> None:
    def check() -> None:
        context = entered()
        assert peer_of(context) is PEER
        leave(context)
        assert current_call() is None
        with pytest.raises(LookupError):
            peer_of(context)

    copy_context().run(check)


def test_leaving_one_call_leaves_another_alone() -> None:
    def check() -> None:
        over = entered()
        current = entered()
        leave(over)
        assert peer_of(current) is PEER

    copy_context().run(check)


def test_leaving_without_a_call_does_nothing() -> None:
    def check() -> None:
        leave(cast("Any", object()))
        assert current_call() is None

    copy_context().run(check)
