"""One call over loopback mutual TLS: what reaches the servicer, and what comes back."""

from __future__ import annotations

import math
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.call import peer_of, remaining
from openjpki.rpc.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.mesh import Mesh


class Certificates(ca_pb2_grpc.CertificateServiceServicer):
    """Does what the test says with each call."""

    def __init__(self) -> None:
        self.does: Callable[[Any, grpc.ServicerContext], Any] = lambda _r, _c: None

    def RevokeCertificate(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        return self.does(request, context)


class Feed(ca_pb2_grpc.StatusFeedServiceServicer):
    """Streams what the test says."""

    def __init__(self) -> None:
        self.does: Callable[[Any, grpc.ServicerContext], Iterator[Any]] = lambda _r, _c: iter(())

    def Follow(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        yield from self.does(request, context)


def revocation(**changes: Any) -> ca_pb2.RevokeCertificateRequest:
    fields: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "authority_id": "13",
        "serial": b"\x01",
        "cause": 1,
        "requested_by": "officer-1",
    }
    return ca_pb2.RevokeCertificateRequest(**{**fields, **changes})


@pytest.fixture(scope="module")
def served(mesh: Mesh) -> Iterator[tuple[Any, Certificates, Feed, Any]]:
    certificates, feed = Certificates(), Feed()
    services = [
        partial(ca_pb2_grpc.add_CertificateServiceServicer_to_server, certificates),
        partial(ca_pb2_grpc.add_StatusFeedServiceServicer_to_server, feed),
    ]
    with mesh.serve(PeerRole.CA, services) as server:
        yield server, certificates, feed, mesh


def test_answer_comes_back_and_the_servicer_knows_its_caller(served: Any) -> None:
    server, certificates, _, mesh = served
    seen: list[Any] = []

    def revoke(request: Any, context: grpc.ServicerContext) -> ca_pb2.RevokeCertificateResponse:
        seen.append((peer_of(context), remaining(context), request.serial))
        return ca_pb2.RevokeCertificateResponse(sequence=7)

    certificates.does = revoke
    with mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel:
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        assert stub.RevokeCertificate(revocation(), timeout=5).sequence == 7
    ((peer, left, serial),) = seen
    assert peer.role is PeerRole.REGISTRATION
    assert peer.spiffe_id == f"spiffe://{mesh.trust_domain}/registration"
    assert 4 < left <= 5
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
    server, certificates, _, mesh = served
    certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel:
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeCertificate(revocation(**changes))
    assert refused.value.reason is Reason.INVALID_FIELD
    assert refused.value.field == field


def test_refusal_comes_back_as_it_was_raised(served: Any) -> None:
    server, certificates, _, mesh = served

    def refuse(_request: Any, _context: Any) -> None:
        raise OpenJpkiError(Reason.ALREADY_REVOKED, "was revoked", field="serial", since="2025")

    certificates.does = refuse
    with mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel:
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeCertificate(revocation())
    assert refused.value.reason is Reason.ALREADY_REVOKED
    assert refused.value.message == "was revoked"
    assert refused.value.field == "serial"
    assert refused.value.metadata == {"since": "2025"}


def test_stream_ends_with_its_refusal(served: Any) -> None:
    server, _, feed, mesh = served

    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        assert peer_of(context).role is PeerRole.OCSP
        assert math.isinf(remaining(context))
        yield ca_pb2.FollowResponse()
        raise OpenJpkiError(Reason.FEED_POSITION_GONE, "take a snapshot")

    feed.does = follow
    with mesh.channel(server, PeerRole.CA, PeerRole.OCSP) as channel:
        stream = ca_pb2_grpc.StatusFeedServiceStub(channel).Follow(
            ca_pb2.FollowRequest(authority_id="13")
        )
        assert next(stream) == ca_pb2.FollowResponse()
        with pytest.raises(OpenJpkiError) as refused:
            next(stream)
    assert refused.value.reason is Reason.FEED_POSITION_GONE


def test_health_answers_without_a_certificate(served: Any) -> None:
    server, *_ = served
    with grpc.insecure_channel(f"127.0.0.1:{server.health_port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", "openjpki.api.ca.v1.CertificateService"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
