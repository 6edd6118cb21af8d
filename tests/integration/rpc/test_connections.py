"""Connections have bounds in time and number, and clients come again by themselves."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import door_probe
from openjpki.rpc.server.server import ServerLimits
from openjpki_devkit.bench.half_open import slow_tls
from tests.support.ca_servicers import Ca, position, revocation
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    import grpc

    from tests.support.mesh import Mesh


@pytest.fixture(autouse=True)
def no_connection_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted here are the test's connections."""
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)


def is_over(connection: socket.socket) -> bool:
    """Whether the server has closed it. What it sent before that is read."""
    connection.settimeout(0.01)
    try:
        return connection.recv(4096) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def test_tls_that_is_not_completed_ends(mesh: Mesh) -> None:
    with (
        mesh.serve(PeerRole.CA, Ca().services, ServerLimits(handshake=1.0)) as server,
        slow_tls(server.port, 20) as slow,
    ):
        wait_until(lambda: all(map(is_over, slow)))


def test_a_stream_that_outlives_its_connection_is_opened_again(mesh: Mesh) -> None:
    """gRPC ends it once age and grace are over; the next one has a connection of its own."""
    ca, over = Ca(), threading.Event()

    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        yield ca_pb2.FollowResponse()
        while context.is_active():
            over.wait(0.05)

    ca.feed.does = follow
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    limits = ServerLimits(connection_age=1.0, connection_age_grace=0.5)
    with (
        mesh.serve(PeerRole.CA, ca.services, limits) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.OCSP) as channel,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as other,
    ):
        stub = ca_pb2_grpc.StatusFeedServiceStub(channel)
        for _ in range(2):
            stream = stub.Follow(position())
            next(stream)
            with pytest.raises(OpenJpkiError) as ended:
                next(stream)
            assert ended.value.reason is Reason.SERVICE_UNAVAILABLE
        # Calls that come and go notice nothing.
        revoke = ca_pb2_grpc.CertificateServiceStub(other).RevokeCertificate
        assert revoke(revocation()).sequence == 1


def test_connections_beyond_the_limit_are_closed(mesh: Mesh) -> None:
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    limits = ServerLimits(max_connections=4, handshake=60.0)
    with mesh.serve(PeerRole.CA, ca.services, limits) as server, ExitStack() as stack:
        slow = stack.enter_context(slow_tls(server.port, 8))
        wait_until(lambda: sum(map(is_over, slow)) == 4)
        stack.close()
        # Room again, once they have gone.
        with mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel:
            stub = ca_pb2_grpc.CertificateServiceStub(channel)
            assert stub.RevokeCertificate(revocation(), timeout=30).sequence == 1
