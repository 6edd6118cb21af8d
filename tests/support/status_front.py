"""StatusService as the signing core serves it, on loopback, with what a test tells it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.config.address import Address
from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.services.ocsp.status.statuses import AuthorityStatus, Position
from openjpki.services.ocsp.status_calls import StatusCalls
from openjpki.signer_core import StatusIndex
from tests.support.mesh import TRUST_DOMAIN, Mesh
from tests.support.status_bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.server.server import RpcServer

AUTHORITY = AuthorityId.signing("13")
VERIFIER = "tax-office"


def agreed(
    authority: str = str(AUTHORITY), *, way: Way = Way.GRPC, begins: int = 0, ends: int = 1 << 62
) -> tuple[str, list[str], int, int]:
    """An agreement as the plane is told of it."""
    return authority, [way.value], begins, ends


def front_of(mesh: Mesh, plane: Plane, limits: ServerLimits | None = None) -> StatusCalls:
    """For :func:`~openjpki.rpc.server.server.build_server`, on a free port."""
    return StatusCalls(
        plane,
        listen=Address("127.0.0.1:0"),
        files=mesh.files(PeerRole.OCSP),
        trust_domain=TRUST_DOMAIN,
        clock=mesh.clock,
        limits=limits or ServerLimits(),
    )


@dataclass
class Told:
    """One authority, one verifier, and a server that answers about it."""

    mesh: Mesh
    plane: Plane
    server: RpcServer
    authority: AuthorityStatus
    channels: list[TypedChannel] = field(default_factory=list)

    @property
    def index(self) -> StatusIndex:
        """Of the authority's certificates."""
        assert self.authority.position is not None
        return self.authority.position.index

    def tell(self, index: StatusIndex, sequence: int = 1) -> None:
        """All that there is, as of now."""
        now = self.mesh.clock.now()
        self.authority.position = Position(index, sequence, time.monotonic(), now)

    def register(self, *verifiers: str) -> None:
        """These may ask about the authority, and nobody else."""
        self.plane.core.set_registry([(one, [agreed()], [], []) for one in verifiers])

    def channel(self, verifier: str = VERIFIER, **options: Any) -> TypedChannel:
        """Of a verifier, closed at the end."""
        channel = self.mesh.channel(
            self.server, PeerRole.OCSP, PeerRole.VERIFIER, verifier, **options
        )
        self.channels.append(channel)
        return channel

    def stub(self, verifier: str = VERIFIER) -> ocsp_pb2_grpc.StatusServiceStub:
        """As a verifier calls it."""
        return ocsp_pb2_grpc.StatusServiceStub(self.channel(verifier, retries=False))


@contextmanager
def telling(
    mesh: Mesh,
    limits: ServerLimits | None = None,
    services: tuple[Callable[[grpc.Server], None], ...] = (),
) -> Iterator[Told]:
    """Running; ``services``: what is served behind it."""
    plane = Plane(mesh.clock, timedelta(minutes=5))
    plane.denied((), 3600.0)
    authority = AuthorityStatus(AUTHORITY, mesh.clock, bounds(3600))
    plane.core.set_authorities([(str(AUTHORITY), authority.told)])
    front = front_of(mesh, plane, limits)
    with mesh.serve(PeerRole.OCSP, services, limits, front=front) as server:
        told = Told(mesh, plane, server, authority)
        told.tell(StatusIndex())
        told.register(VERIFIER)
        try:
            yield told
        finally:
            for channel in told.channels:
                channel.close()
