"""What one caller opens and keeps open keeps nobody else from being served."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca, position, revocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.server.server import RpcServer
    from tests.support.mesh import Mesh

_THREADS, _STREAMS, _EACH = 2, 6, 4


@contextmanager
def serving(mesh: Mesh, ca: Ca) -> Iterator[RpcServer]:
    limits = ServerLimits(threads=_THREADS, max_streams=_STREAMS, max_streams_each=_EACH, drain=0.0)
    with mesh.serve(PeerRole.CA, ca.services, limits) as server:
        yield server


@contextmanager
def reflecting(mesh: Mesh, server: RpcServer, role: PeerRole) -> Iterator[Any]:
    """A reflection stream that has got one answer and stays open."""
    over = Event()

    def asks() -> Iterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        over.wait(60)

    with grpc.secure_channel(
        f"127.0.0.1:{server.port}",
        channel_credentials(RotatingMaterial(mesh.files(role)).current()),
        [("grpc.ssl_target_name_override", server_name(PeerRole.CA, mesh.trust_domain))],
    ) as channel:
        stream = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
            asks(), timeout=60
        )
        try:
            yield next(stream)
        finally:
            over.set()
            stream.cancel()


def test_reflection_left_open_takes_no_thread_of_short_calls(mesh: Mesh) -> None:
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    with serving(mesh, ca) as server, ExitStack() as open_ones:
        for _ in range(_EACH):
            open_ones.enter_context(reflecting(mesh, server, PeerRole.BRIDGE))
        with mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel:
            stub = ca_pb2_grpc.CertificateServiceStub(channel)
            assert stub.RevokeCertificate(revocation(), timeout=20).sequence == 1
        # It has its place among the streams: one more of this caller is refused.
        with (
            pytest.raises(grpc.RpcError) as refused,
            reflecting(mesh, server, PeerRole.BRIDGE),
        ):
            pass
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_one_caller_leaves_room_for_the_streams_of_others(mesh: Mesh) -> None:
    ca, over = Ca(), Event()

    def follow(_request: Any, _context: Any) -> Iterator[ca_pb2.FollowResponse]:
        yield ca_pb2.FollowResponse()
        over.wait(60)

    ca.feed.does = follow
    with (
        serving(mesh, ca) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.OCSP) as channel,
    ):
        stub = ca_pb2_grpc.StatusFeedServiceStub(channel)
        running = [stub.Follow(position()) for _ in range(_EACH)]
        for stream in running:
            next(stream)
        with pytest.raises(OpenJpkiError) as refused:
            next(stub.Follow(position()))
        assert refused.value.reason is Reason.CALLER_QUOTA_EXCEEDED
        with reflecting(mesh, server, PeerRole.BRIDGE) as answer:
            assert answer.list_services_response.service
        over.set()
        for stream in running:
            assert list(stream) == []
        # What has ended takes no room.
        assert next(stub.Follow(position())) == ca_pb2.FollowResponse()
