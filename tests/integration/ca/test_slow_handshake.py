"""A service on a slow link or a busy machine is reached all the same."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import TRUST_DOMAIN, running_ca

if TYPE_CHECKING:
    from pathlib import Path

DELAY = 0.6
"""Seconds until the client's first octets reach the service."""


def carry(source: socket.socket, sink: socket.socket, delay: float) -> None:
    time.sleep(delay)
    with suppress(OSError):
        while octets := source.recv(65536):
            sink.sendall(octets)


def slow_link(listener: socket.socket, port: int) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            service = socket.create_connection(("127.0.0.1", port))
            for source, sink, delay in ((client, service, DELAY), (service, client, 0.0)):
                threading.Thread(target=carry, args=(source, sink, delay), daemon=True).start()


def test_handshake_may_take_its_time(tmp_path: Path) -> None:
    with (
        running_ca(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}") as ca,
        closing(socket.create_server(("127.0.0.1", 0))) as listener,
    ):
        link = threading.Thread(
            target=slow_link, args=(listener, ca.service.server.port), daemon=True
        )
        link.start()
        channel = open_channel(
            f"127.0.0.1:{listener.getsockname()[1]}",
            ca.mesh.issue(PeerRole.REGISTRATION, NATIONWIDE).write(tmp_path / "peer"),
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
        )
        with channel:
            stub = ca_pb2_grpc.AuthorityServiceStub(channel)
            answer = stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    assert len(answer.authorities) == 1
