"""What a call leaves behind once it is over: nothing, and that at once."""

from __future__ import annotations

import gc
import time
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_servicers import position, revocation

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 60.0
"""Seconds: gRPC lets go of a call a moment after its answer."""


@contextmanager
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def all_gone(kept: list[weakref.ref[Any]]) -> bool:
    ends = time.monotonic() + PATIENCE
    while any(one() is not None for one in kept) and time.monotonic() < ends:
        time.sleep(0.01)
    return all(one() is None for one in kept)


@pytest.mark.parametrize("refused", [False, True])
def test_call_is_freed_without_the_garbage_collector(served: Any, refused: bool) -> None:
    kept: list[weakref.ref[Any]] = []

    def revoke(_request: Any, context: Any) -> ca_pb2.RevokeCertificateResponse:
        kept.append(weakref.ref(context))
        if refused:
            raise OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked")
        return ca_pb2.RevokeCertificateResponse(sequence=1)

    served.ca.certificates.does = revoke
    with served.channel() as channel, no_collector():
        for _ in range(5):
            with suppress(OpenJpkiError):
                served.certificates(channel).RevokeCertificate(revocation(), timeout=60)
        assert len(kept) == 5
        assert all_gone(kept)


@pytest.mark.parametrize("refused", [False, True])
def test_stream_is_freed_without_the_garbage_collector(served: Any, refused: bool) -> None:
    kept: list[weakref.ref[Any]] = []

    def follow(_request: Any, context: Any) -> Iterator[ca_pb2.FollowResponse]:
        kept.append(weakref.ref(context))
        yield ca_pb2.FollowResponse()
        if refused:
            raise OpenJpkiError(Reason.FEED_POSITION_GONE, "take a snapshot")

    served.ca.feed.does = follow
    with served.channel(PeerRole.OCSP) as channel, no_collector():
        with suppress(OpenJpkiError):
            list(served.feed(channel).Follow(position()))
        assert len(kept) == 1
        assert all_gone(kept)
