"""Calls over loopback mutual TLS: what reaches the servicer, and what comes back."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_servicers import position, remaining, revocation

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_answer_comes_back_and_the_servicer_knows_its_caller(served: Any) -> None:
    seen: list[Any] = []

    def revoke(request: Any, context: grpc.ServicerContext) -> ca_pb2.RevokeCertificateResponse:
        seen.append((peer_of(context), remaining(), request.serial))
        return ca_pb2.RevokeCertificateResponse(sequence=7)

    served.ca.certificates.does = revoke
    with served.channel() as channel:
        answer = served.certificates(channel).RevokeCertificate(revocation(), timeout=50)
    assert answer.sequence == 7
    ((peer, left, serial),) = seen
    assert peer.role is PeerRole.REGISTRATION
    assert peer.spiffe_id == f"spiffe://{served.mesh.trust_domain}/registration/nationwide"
    assert 20 < left <= 50
    assert serial == b"\x01"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"request_id": ""}, "request_id"),
        ({"authority_id": "1"}, "authority_id"),
        ({"serial": b""}, "serial"),
        ({"cause": 99}, "cause"),
    ],
)
def test_broken_rule_names_field_and_rule(served: Any, changes: dict[str, Any], field: str) -> None:
    served.ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with served.channel() as channel, pytest.raises(OpenJpkiError) as refused:
        served.certificates(channel).RevokeCertificate(revocation(**changes))
    assert refused.value.reason is Reason.INVALID_FIELD
    assert refused.value.field == field


def test_refusal_comes_back_as_it_was_raised(served: Any) -> None:
    def refuse(_request: Any, _context: Any) -> None:
        raise OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked", field="serial", since="2025")

    served.ca.certificates.does = refuse
    with served.channel() as channel, pytest.raises(OpenJpkiError) as refused:
        served.certificates(channel).RevokeCertificate(revocation())
    assert refused.value.reason is Reason.ALREADY_REVOKED
    assert refused.value.message == "was revoked"
    assert refused.value.field == "serial"
    assert refused.value.metadata == {"since": "2025"}


def test_future_and_with_call_are_typed_too(served: Any) -> None:
    def refuse(_request: Any, _context: Any) -> None:
        raise OpenJpkiError(Reason.CERTIFICATE_NOT_FOUND, "there is none")

    served.ca.certificates.does = refuse
    with served.channel() as channel:
        revoke = served.certificates(channel).RevokeCertificate
        future = revoke.future(revocation())
        with pytest.raises(OpenJpkiError) as refused:
            future.result(60)
        assert refused.value.reason is Reason.CERTIFICATE_NOT_FOUND
        assert future.exception(60).reason is Reason.CERTIFICATE_NOT_FOUND
        with pytest.raises(OpenJpkiError):
            revoke.with_call(revocation())
        served.ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=3)
        answer, call = revoke.with_call(revocation())
        assert (answer.sequence, call.code()) == (3, grpc.StatusCode.OK)
        assert revoke.future(revocation()).result(60).sequence == 3


def test_stream_ends_with_its_refusal(served: Any) -> None:
    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        assert peer_of(context).role is PeerRole.OCSP
        assert math.isinf(remaining())
        yield ca_pb2.FollowResponse()
        raise OpenJpkiError(Reason.FEED_POSITION_GONE, "take a snapshot")

    served.ca.feed.does = follow
    with served.channel(PeerRole.OCSP) as channel:
        stream = served.feed(channel).Follow(position())
        assert next(stream) == ca_pb2.FollowResponse()
        with pytest.raises(OpenJpkiError) as refused:
            next(stream)
    assert refused.value.reason is Reason.FEED_POSITION_GONE


def test_stream_is_let_go_when_its_caller_leaves(served: Any) -> None:
    closed = threading.Event()

    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        ended = threading.Event()
        context.add_callback(ended.set)
        try:
            while not ended.wait(0.02):
                yield ca_pb2.FollowResponse()
        finally:
            closed.set()

    served.ca.feed.does = follow
    with served.channel(PeerRole.OCSP) as channel:
        stream = served.feed(channel).Follow(position())
        next(stream)
        stream.cancel()
        with pytest.raises(OpenJpkiError) as ended:
            list(stream)
    assert ended.value.reason is Reason.CANCELLED
    assert closed.wait(60)


def test_streams_beyond_the_limit_are_refused_and_short_calls_still_answered(served: Any) -> None:
    go_on = threading.Event()

    def follow(_request: Any, _context: Any) -> Iterator[ca_pb2.FollowResponse]:
        yield ca_pb2.FollowResponse()
        go_on.wait(90)

    served.ca.feed.does = follow
    served.ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    with served.channel(PeerRole.OCSP) as channel, served.channel() as other:
        running = [served.feed(channel).Follow(position()) for _ in range(2)]
        for stream in running:
            next(stream)
        with pytest.raises(OpenJpkiError) as refused:
            next(served.feed(channel).Follow(position()))
        assert refused.value.reason is Reason.TOO_MANY_CALLS
        assert served.certificates(other).RevokeCertificate(revocation()).sequence == 1
        go_on.set()
        for stream in running:
            assert list(stream) == []
        # The room is free again.
        assert next(served.feed(channel).Follow(position())) == ca_pb2.FollowResponse()
