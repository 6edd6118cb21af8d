"""A mesh, and a ca service whose servicers do what a test says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.server.server import RpcServer


@dataclass
class Served:
    """A running ca service and channels to it."""

    mesh: Mesh
    server: RpcServer
    ca: Ca

    def channel(self, role: PeerRole = PeerRole.REGISTRATION, **options: Any) -> TypedChannel:
        return self.mesh.channel(self.server, PeerRole.CA, role, **options)

    def certificates(self, channel: TypedChannel) -> Any:
        return ca_pb2_grpc.CertificateServiceStub(channel)

    def feed(self, channel: TypedChannel) -> Any:
        return ca_pb2_grpc.StatusFeedServiceStub(channel)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    return Mesh(tmp_path_factory.mktemp("mesh"))


@pytest.fixture(scope="module")
def served(mesh: Mesh) -> Iterator[Served]:
    ca = Ca()
    limits = ServerLimits(max_streams=2, drain=5.0)
    with mesh.serve(PeerRole.CA, ca.services, limits) as server:
        yield Served(mesh, server, ca)
