"""From a service's settings to its running server, and to the services it asks."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.config.address import Address
from openjpki.domain.lease import Instance
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import TlsFiles
from openjpki.rpc.server.binding import binding
from openjpki.rpc.server.server import RpcServer, ServerLimits, build_server
from openjpki.services.common.lease_keeper import LeaseKeeper
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.kernel.choose_leases import leases_of
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.telemetry.exporter import serve_metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import grpc

    from openjpki.config.base import ServiceSettings
    from openjpki.config.parts import LeasePart, TlsPart
    from openjpki.domain.clock import Clock
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.roles import PeerRole
    from openjpki.rpc.server.deny_list import DenyList
    from openjpki.rpc.server.front import Front
    from openjpki.telemetry.exporter import MetricsServer


def tls_files(part: TlsPart) -> TlsFiles:
    """The files these settings name."""
    return TlsFiles(part.certificate, part.private_key, part.trust_bundle)


def server_of(
    settings: ServiceSettings,
    clock: Clock,
    services: Sequence[Callable[[grpc.Server], None]],
    deny_list: DenyList | None = None,
    front: Front | None = None,
) -> RpcServer:
    """The server these settings describe; see :func:`openjpki.rpc.server.server.build_server`."""
    return build_server(
        listen=settings.service.listen,
        health_listen=settings.service.health_listen,
        tls=tls_files(settings.tls),
        trust_domain=settings.tls.trust_domain,
        clock=clock,
        services=services,
        limits=limits_of(settings),
        reflection=settings.service.reflection,
        deny_list=deny_list,
        front=front,
    )


def limits_of(settings: ServiceSettings) -> ServerLimits:
    """What the server takes on."""
    return ServerLimits(**settings.service.limits.model_dump())


def instance_of(lease: LeasePart, listen: Address, port: int) -> Instance:
    """Which instance these settings describe; ``port``: where it listens, if the settings leave
    that open. Raises ``INVALID_FIELD`` for a host without a usable name."""
    name = socket.gethostname()
    every = listen.host in {"0.0.0.0", "::"}  # noqa: S104 - not bound here
    host = lease.host or (name if every else listen.host)
    address = lease.address or Address.of(host, port)
    return Instance(lease.instance or f"{name[:57]}-{port}", str(address))


def lease_keeper_of(database: Database, url: str, lease: LeasePart) -> LeaseKeeper:
    """What holds leases as these settings say; ``url``: of the same database.

    Leases on PostgreSQL are kept over a connection of their own: renewing one must not wait until
    the calls leave one over.
    """
    own = database
    if database.file is None:
        few = DatabaseOptions(
            pool_size=2,
            pool_timeout=lease.duration,
            lock_timeout=lease.duration,
            idle_writer=lease.duration,
        )
        own = Database(url, few)
        # What fails of one fails of the other.
        own.tell_failures(database.failed)
    return LeaseKeeper(
        database, leases_of(own, left_out=tell_left_out), timedelta(seconds=lease.duration)
    )


def metrics_of(settings: ServiceSettings) -> MetricsServer:
    """The exporter these settings describe, running. Raises as
    :func:`openjpki.rpc.server.binding.binding`."""
    listen = settings.service.metrics_listen
    with binding("service.metrics_listen", listen):
        return serve_metrics(listen.host, listen.port)


def channel_to(target: Address, part: TlsPart, expect_role: PeerRole) -> TypedChannel:
    """A channel of this service to another one. Waits for it while it starts: services restart
    in any order."""
    return open_channel(
        target,
        tls_files(part),
        expect_role=expect_role,
        trust_domain=part.trust_domain,
        wait_for_ready=True,
    )
