"""A service's gRPC server: mutual TLS, the guard on every method, health, reflection, draining.

A synchronous thread pool: measured faster here than grpcio's asyncio.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.deadline import DEFAULT_CAP
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, server_credentials
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.server.authenticator import Authenticator
from openjpki.rpc.server.binding import binding
from openjpki.rpc.server.credentials_watch import ServiceCredentialsWatch
from openjpki.rpc.server.guarded_registry import GuardedRegistry
from openjpki.rpc.server.health import HealthServer
from openjpki.rpc.server.reflection import add_reflection
from openjpki.rpc.server.running_streams import RunningStreams
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.roles import PeerRole
    from openjpki.rpc.server.deny_list import DenyList

_log = get_logger("server")

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one server takes on. Octets, seconds, counts."""

    max_request: int = 4 * MIB
    max_response: int = 8 * MIB
    max_metadata: int = 16 * 1024
    threads: int = 16
    """Short calls served at once; more wait in line until their deadline."""
    max_streams: int = 256
    """Streams served at once; more are refused with ``TOO_MANY_CALLS``."""
    max_streams_each: int = 64
    """Of them, one caller's."""
    max_calls: int = 1024
    """Calls in progress or in line; more are refused with ``TOO_MANY_CALLS``."""
    deadline_cap: float = DEFAULT_CAP
    connection_age: float = 3600.0
    """After this a connection is asked to come again, and shows a fresh certificate."""
    drain: float = 10.0
    """How long calls in progress may take to end when the server stops."""


class RpcServer:
    """A server that is ready to start. ``port`` and ``health_port`` are the ones really bound."""

    def __init__(
        self,
        server: grpc.Server,
        pool: ThreadPoolExecutor,
        registry: GuardedRegistry,
        running: RunningStreams,
        health: HealthServer,
        port: int,
        limits: ServerLimits,
    ) -> None:
        self._server = server
        self._pool = pool
        self._registry = registry
        self._running = running
        self._limits = limits
        self.health = health
        self.port = port
        self.health_port = health.port

    def start(self, *, serving: bool = True) -> None:
        """Starts taking calls. With ``serving=False`` health says NOT_SERVING until
        ``health.set_all_serving()``, e.g. while an index is still being loaded."""
        self.health.start()
        self._running.start()
        self._server.start()
        if serving:
            self.health.set_all_serving()
        _log.info("serving", port=self.port, health_port=self.health_port)

    def stop(self) -> None:
        """Drains and stops: health turns NOT_SERVING, new calls are refused, calls in progress
        may end within ``limits.drain`` seconds. Returns when all is over; may be called twice."""
        self.health.drain()
        self._server.stop(self._limits.drain).wait()
        # A call that goes on after gRPC ended it keeps its thread; stopping does not wait for it.
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._registry.close()
        self._running.stop()
        self.health.stop()
        _log.info("stopped", port=self.port)

    def wait(self, timeout: float | None = None) -> bool:
        """Waits until the server was stopped; ``False`` if it was not in so many seconds."""
        return not self._server.wait_for_termination(timeout)


def build_server(
    *,
    listen: str,
    health_listen: str,
    tls: TlsFiles,
    trust_domain: str,
    clock: Clock,
    services: Sequence[Callable[[grpc.Server], None]],
    limits: ServerLimits | None = None,
    reflection: bool = True,
    deny_list: DenyList | None = None,
) -> RpcServer:
    """Builds a service's server; bound, not started.

    ``listen`` and ``health_listen``: ``host:port``, port 0 takes a free one. ``services``: one
    function each that adds a servicer to the server it is given, e.g.
    ``partial(add_WindowServiceServicer_to_server, servicer)``. Servicers raise
    :class:`~openjpki.errors.OpenJpkiError`; they never abort calls themselves. ``reflection``:
    whether peers of the mesh may read the contracts from the server; clients need it for nothing.
    ``deny_list``: whom not to serve; whoever gives one keeps it current.

    Raises ``openjpki.rpc.server.authorization.ContractError`` for a method nobody may call,
    ``INVALID_FIELD`` for credentials that can't be used, and for addresses what
    :func:`openjpki.rpc.server.binding.binding` raises.
    """
    limits = limits or ServerLimits()
    rotating = RotatingMaterial(tls, ServiceCredentialsWatch())
    authenticator = Authenticator(trust_domain, clock, deny_list)
    running = RunningStreams(authenticator)
    pool = ThreadPoolExecutor(limits.threads, "rpc")
    server = grpc.server(pool, maximum_concurrent_rpcs=limits.max_calls, options=_options(limits))
    registry = GuardedRegistry(
        server,
        authenticator,
        service=_own_role(rotating, trust_domain),
        running=running,
        deadline_cap=limits.deadline_cap,
        max_streams=limits.max_streams,
        max_streams_each=limits.max_streams_each,
    )
    for add in services:
        add(registry)
    if reflection:
        add_reflection(server, authenticator, running, registry)
    credentials = server_credentials(rotating)
    with binding("service.listen", listen):
        port = server.add_secure_port(listen, credentials)
    with binding("service.health_listen", health_listen):
        health = HealthServer(health_listen, registry.services)
    return RpcServer(server, pool, registry, running, health, port, limits)


def _own_role(rotating: RotatingMaterial, trust_domain: str) -> PeerRole:
    """Which service this is: its own certificate says it, to the server as to its peers."""
    try:
        own = read_certificate(rotating.current().certificate, trust_domain)
    except OpenJpkiError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, error.message, field="tls.certificate") from error
    return own.identity.role


def _options(limits: ServerLimits) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", limits.max_request),
        ("grpc.max_send_message_length", limits.max_response),
        ("grpc.max_metadata_size", limits.max_metadata),
        ("grpc.absolute_max_metadata_size", limits.max_metadata),
        # Two servers sharing a port would silently split each other's calls.
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.max_connection_age_ms", int(limits.connection_age * 1000)),
    ]
