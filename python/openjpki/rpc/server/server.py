"""A service's gRPC server: mutual TLS, the guard on every method, health, reflection, draining.

Synchronous: measured faster here than grpcio's asyncio (docs/adr/0022-calls-by-quota.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.deadline import DEFAULT_CAP
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, server_credentials
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.server import health
from openjpki.rpc.server import reflection as reflecting
from openjpki.rpc.server.authenticator import Authenticator
from openjpki.rpc.server.authorization import ANY_PEER
from openjpki.rpc.server.binding import binding
from openjpki.rpc.server.call_threads import CallThreads
from openjpki.rpc.server.connections import Connections
from openjpki.rpc.server.credentials_watch import ServiceCredentialsWatch
from openjpki.rpc.server.door_probe import DoorProbe
from openjpki.rpc.server.front import LARGEST_CERTIFICATE, Behind
from openjpki.rpc.server.guard import Guard, guarded_unary
from openjpki.rpc.server.guarded_registry import GuardedRegistry
from openjpki.rpc.server.header_size import HeaderSize
from openjpki.rpc.server.reading import Reading
from openjpki.rpc.server.room import Room
from openjpki.rpc.server.running_streams import RunningStreams
from openjpki.rpc.server.ticking import Ticking
from openjpki.rpc.server.turns import Turns
from openjpki.rpc.uncompressed import UNCOMPRESSED
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import RPC_IN_USE
from openjpki.telemetry.rpc_metrics import MethodMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.roles import PeerRole
    from openjpki.rpc.server.deny_list import DenyList
    from openjpki.rpc.server.front import Front

_log = get_logger("server")

MIB = 1 << 20
KEEP_ALIVE, KEEP_ALIVE_TIMEOUT = 30.0, 10.0
"""Seconds between two questions whether a client is still there, and for its answer."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one server takes on. Octets, seconds, counts."""

    max_request: int = MIB // 4
    """Of one message: several times what the contracts let a request have. Each call that is let in
    may take so much memory before it is looked at."""
    max_response: int = 8 * MIB
    max_metadata: int = 16 * 1024
    threads: int = 16
    """Short calls at work at once; more wait in line until their deadline."""
    caller_share: float = 0.75
    """Of ``threads``: the most that one caller's calls take at once."""
    operator_share: float = 0.125
    """Of ``threads``, ``max_calls`` and ``max_streams``: kept for operators."""
    newcomer_share: float = 0.125
    """Of ``max_calls`` and ``max_streams``: kept for callers who have next to nothing of them."""
    max_streams: int = 256
    """Streams served at once; more are refused with ``TOO_MANY_CALLS``."""
    max_streams_each: int = 64
    """Of them, one caller's; more are refused with ``CALLER_QUOTA_EXCEEDED``."""
    max_calls: int = 1024
    """Calls at work, in line, or still without their message; more are refused with
    ``TOO_MANY_CALLS``."""
    max_calls_each: int = 128
    """Of them, one caller's; more are refused with ``CALLER_QUOTA_EXCEEDED``."""
    message_patience: float = 10.0
    """For a call's message to arrive once its headers have."""
    deadline_cap: float = DEFAULT_CAP
    connection_age: float = 3600.0
    """After this a connection is asked to come again, and shows a fresh certificate."""
    connection_age_grace: float = 120.0
    """After that, what is still on it is cut off: streams are opened again on a new connection."""
    connection_idle: float = 900.0
    """After this a connection without calls is closed."""
    max_connections: int = 4096
    """Open at once, whoever's they are; more are closed as they come."""
    handshake: float = 10.0
    """For a new connection to complete TLS, and to send the first frame of HTTP/2."""
    drain: float = 10.0
    """How long calls in progress may take to end when the server stops."""


class RpcServer:
    """A server that is ready to start. ``port`` and ``health_port`` are the ones really bound."""

    def __init__(
        self,
        server: grpc.Server,
        pool: CallThreads,
        ticking: Ticking,
        probe: DoorProbe,
        health: health.HealthServer,
        port: int,
        limits: ServerLimits,
        front: tuple[Front, Behind] | None = None,
    ) -> None:
        self._server = server
        self._pool = pool
        self._ticking = ticking
        self._probe = probe
        self._limits = limits
        self._front = front
        self.health = health
        self.port = port
        self.health_port = health.port

    def start(self, *, serving: bool = True) -> None:
        """Starts taking calls. With ``serving=False`` health says NOT_SERVING until
        ``health.set_all_serving()``, e.g. while an index is still being loaded. Raises what a front
        says of its port."""
        self.health.start()
        self._ticking.start()
        self._server.start()
        if self._front is not None:
            self._open(*self._front)
        self._probe.start()
        if serving:
            self.health.set_all_serving()
        _log.info("serving", port=self.port, health_port=self.health_port)

    def _open(self, front: Front, behind: Behind) -> None:
        try:
            self.port = self._probe.port = front.start(behind.socket, behind.secret)
        except BaseException:
            self._server.stop(None).wait()
            self._ticking.stop()
            self.health.stop()
            behind.remove()
            raise

    def stop(self) -> None:
        """Drains and stops: health turns NOT_SERVING, new calls are refused, calls in progress
        may end within ``limits.drain`` seconds. Returns when all is over; may be called twice."""
        self.health.drain()
        self._probe.stop()
        stopped = self._server.stop(self._limits.drain)
        if self._front is not None:
            front, behind = self._front
            front.stop()
            behind.remove()
        stopped.wait()
        # A call that goes on after gRPC ended it keeps its thread; stopping does not wait for it.
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._ticking.stop()
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
    front: Front | None = None,
) -> RpcServer:
    """Builds a service's server; bound, not started.

    ``listen`` and ``health_listen``: ``host:port``, port 0 takes a free one. ``services``: one
    function each that adds a servicer to the server it is given, e.g.
    ``partial(add_WindowServiceServicer_to_server, servicer)``. Servicers raise
    :class:`~openjpki.errors.OpenJpkiError`; they never abort calls themselves. ``reflection``:
    whether peers of the mesh may read the contracts from the server; clients need it for nothing.
    ``deny_list``: whom not to serve; whoever gives one keeps it current. ``front``: has the port,
    from the start on, and serves what it does; ``services`` are the others.

    Raises ``openjpki.rpc.server.authorization.ContractError`` for a method nobody may call,
    ``INVALID_FIELD`` for credentials that can't be used, and for addresses what
    :func:`openjpki.rpc.server.binding.binding` raises.
    """
    limits = limits or ServerLimits()
    rotating = RotatingMaterial(tls, ServiceCredentialsWatch())
    behind = None if front is None else Behind()
    by = None if behind is None else behind.shown
    authenticator = Authenticator(trust_domain, clock, deny_list, by)
    running = RunningStreams(authenticator)
    reading = Reading(limits.message_patience)
    calls, streams, turns = _rooms(limits)
    pool = CallThreads(limits.max_calls + limits.max_streams + _REFUSERS, "rpc")
    connections = Connections(listen)
    server = grpc.server(
        pool.for_grpc(),
        interceptors=[
            HeaderSize(_metadata(limits, behind), connections, authenticator.identify),
        ],
        maximum_concurrent_rpcs=limits.max_calls + limits.max_streams + _BEING_REFUSED,
        options=_options(limits, behind),
    )
    own_role = _own_role(rotating, trust_domain)
    registry = GuardedRegistry(
        server,
        authenticator,
        service=own_role,
        running=running,
        reading=reading,
        calls=calls,
        streams=streams,
        turns=turns,
        deadline_cap=limits.deadline_cap,
    )
    for add in services:
        add(registry)
    served = [*(front.services if front else ()), *registry.services]

    def guard_of(service: str, method: str, message_type: Any, room: Room) -> Guard:
        """Of what has no contract of ours."""
        return Guard(
            method=f"{service}/{method}",
            service=own_role,
            policy=ANY_PEER,
            message_type=message_type,
            authenticator=authenticator,
            metrics=MethodMetrics(service, method),
            serialize=lambda message: message.SerializeToString(),
            deadline_cap=limits.deadline_cap,
            room=room,
            reading=reading,
            turns=turns,
        )

    if reflection:
        asked = guard_of(reflecting.SERVICE, reflecting.METHOD, reflecting.REQUEST, streams)
        names = [*served, health.SERVICE]
        reflecting.add_reflection(server, asked, names, running)
    port = 0
    if behind is not None:
        server.add_insecure_port(behind.address)
    else:
        credentials = server_credentials(rotating)
        with binding("service.listen", listen):
            connections.port = port = server.add_secure_port(listen, credentials)
    with binding("service.health_listen", health_listen):
        told = health.HealthServer(health_listen, served)
    checked = guarded_unary(guard_of(health.SERVICE, "Check", health.REQUEST, calls), told.check)
    handler: grpc.RpcMethodHandler[Any, Any] = grpc.stream_unary_rpc_method_handler(checked)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(health.SERVICE, {"Check": handler}),)
    )
    _show(calls, streams, turns, pool, front)

    looking = Ticking(
        "rpc-looking",
        {
            "end_late_calls": reading.look,
            "end_denied_streams": running.look,
            "let_addresses_in": connections.look,
        },
    )
    probe = DoorProbe(listen, port, rotating, told)
    before = None if front is None or behind is None else (front, behind)
    return RpcServer(server, pool, looking, probe, told, port, limits, before)


_REFUSERS = 8
"""Threads beyond those of the calls that are let in, which tell further callers why."""
_BEING_REFUSED = 1024
"""Calls that may wait for that; gRPC itself refuses more, without asking who calls."""


def _rooms(limits: ServerLimits) -> tuple[Room, Room, Turns]:
    def for_operators(total: int) -> int:
        return math.floor(total * limits.operator_share)

    def for_newcomers(total: int) -> int:
        return math.floor(total * limits.newcomer_share)

    calls = Room(
        "calls",
        total=limits.max_calls,
        of_one_caller=limits.max_calls_each,
        for_operators=for_operators(limits.max_calls),
        for_newcomers=for_newcomers(limits.max_calls),
    )
    streams = Room(
        "streams",
        total=limits.max_streams,
        of_one_caller=limits.max_streams_each,
        for_operators=for_operators(limits.max_streams),
        for_newcomers=for_newcomers(limits.max_streams),
    )
    turns = Turns(
        limits.threads,
        of_one_caller=math.ceil(limits.threads * limits.caller_share),
        for_operators=for_operators(limits.threads),
    )
    return calls, streams, turns


def _show(calls: Room, streams: Room, turns: Turns, pool: CallThreads, front: Front | None) -> None:
    """Metrics, asked for when they are read: no call pays for them."""

    def before() -> tuple[int, int]:
        return (0, 0) if front is None else front.in_use

    RPC_IN_USE.labels("calls").set_function(lambda: calls.in_use + before()[0])
    RPC_IN_USE.labels("calls_at_work").set_function(lambda: turns.in_use)
    RPC_IN_USE.labels("streams").set_function(lambda: streams.in_use + before()[1])
    RPC_IN_USE.labels("threads").set_function(lambda: pool.running)


def _own_role(rotating: RotatingMaterial, trust_domain: str) -> PeerRole:
    """Which service this is: its own certificate says it, to the server as to its peers."""
    try:
        own = read_certificate(rotating.current().certificate, trust_domain)
    except OpenJpkiError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, error.message, field="tls.certificate") from error
    return own.identity.role


def _metadata(limits: ServerLimits, behind: Behind | None) -> int:
    return limits.max_metadata + (0 if behind is None else LARGEST_CERTIFICATE)


def _options(limits: ServerLimits, behind: Behind | None) -> list[tuple[str, int]]:
    metadata = _metadata(limits, behind)
    of_messages = [
        ("grpc.max_receive_message_length", limits.max_request),
        ("grpc.max_send_message_length", limits.max_response),
        ("grpc.max_metadata_size", metadata),
        ("grpc.absolute_max_metadata_size", metadata),
        # More than that one caller can't have anyhow, so not on one connection.
        ("grpc.max_concurrent_streams", limits.max_calls_each + limits.max_streams_each),
        *UNCOMPRESSED,
        # Otherwise the room for what nobody reads yet grows from 64 KiB to many MiB a connection.
        ("grpc.http2.bdp_probe", 0),
    ]
    return of_messages if behind is not None else [*of_messages, *_of_connections(limits)]


def _of_connections(limits: ServerLimits) -> list[tuple[str, int]]:
    return [
        # Two servers sharing a port would silently split each other's calls.
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", int(KEEP_ALIVE * 1000)),
        ("grpc.keepalive_timeout_ms", int(KEEP_ALIVE_TIMEOUT * 1000)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.max_connection_age_ms", int(limits.connection_age * 1000)),
        ("grpc.max_connection_age_grace_ms", int(limits.connection_age_grace * 1000)),
        ("grpc.max_connection_idle_ms", int(limits.connection_idle * 1000)),
        ("grpc.max_allowed_incoming_connections", limits.max_connections),
        ("grpc.server_handshake_timeout_ms", int(limits.handshake * 1000)),
        ("grpc.http2.settings_timeout", int(limits.handshake * 1000)),
        ("grpc.http2.max_ping_strikes", 2),
    ]
