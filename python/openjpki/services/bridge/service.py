"""The bridge service as one object: built from settings, started, stopped."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2_grpc
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.authority.revocation_list import OwnListPublisher
from openjpki.services.bridge.ca_client import CaClient
from openjpki.services.bridge.context import BridgeContext
from openjpki.services.bridge.exchange.carry_out import count_approved
from openjpki.services.bridge.exchange.cross_servicer import CrossCertificationServicer
from openjpki.services.bridge.jobs import TASKS_OF_THE_OWNER, jobs_of
from openjpki.services.bridge.journal import STREAM
from openjpki.services.bridge.officers_register import officers_register
from openjpki.services.bridge.pool.current_pool import CurrentPool
from openjpki.services.bridge.pool.past_pools import PastPools
from openjpki.services.bridge.pool.path_material import MaterialCache
from openjpki.services.bridge.pool.pool_servicer import PoolServicer
from openjpki.services.bridge.pool.refresh import Refresher
from openjpki.services.bridge.validation.path_servicer import PathServicer
from openjpki.services.common.authority_ends import forget_ends
from openjpki.services.common.background import attempt
from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.services.common.denials import Denials
from openjpki.services.common.fence import Console
from openjpki.services.common.key_ring import KeyRing
from openjpki.services.common.keys import open_keys
from openjpki.services.common.lease_keeper import Takeover
from openjpki.services.common.officers.officers_servicer import OfficersServicer
from openjpki.services.common.room_left import watch_database, watch_keys
from openjpki.services.common.running import (
    instance_of,
    lease_keeper_of,
    metrics_of,
    server_of,
    tls_files,
)
from openjpki.storage.kernel.choose_leases import leases_of
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.migrations import upgrade
from openjpki.telemetry.metrics import (
    CRL_NEWEST_AGE,
    CRL_NEXT_UPDATE,
    CRL_OLDEST_AGE,
    CROSS_REVOCATIONS_UNHEARD,
    ISSUANCE_INTENTS_PENDING,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.config.bridge import BridgeSettings
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.server.server import RpcServer
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.storage.kernel.transaction import Writer
    from openjpki.telemetry.exporter import MetricsServer


@dataclass(frozen=True, slots=True)
class Opened:
    """A context and the connection it holds."""

    bridge: BridgeContext
    console: Console
    channel: TypedChannel

    def close(self) -> None:
        """Let go of the connection, the keys and the database."""
        self.channel.close()
        self.bridge.keys.backend.close()
        self.bridge.database.close()


def open_context(
    settings: BridgeSettings, clock: Clock, *, checkpoint: Checkpoint = no_checkpoint
) -> Opened:
    """Database (its schema brought forward), keys and connection, also for the command line.

    Raises ``INVALID_FIELD``, ``SERVICE_UNAVAILABLE``, ``KEY_*``.
    """
    options = DatabaseOptions(
        pool_size=settings.database.connections, idle_writer=settings.lease.duration
    )
    database = Database(settings.database.read_url(), options)
    upgrade(database, "bridge")
    backend = open_keys(settings.keys)
    channel = open_channel(
        str(settings.bridge.ca),
        tls_files(settings.tls),
        expect_role=PeerRole.CA,
        trust_domain=settings.tls.trust_domain,
    )
    console = Console(database, leases_of(database))
    bridge = BridgeContext(
        database=database,
        fence=console,
        keys=KeyRing(backend),
        ca=CaClient(channel),
        clock=clock,
        random=secrets.token_bytes,
        policy_oid=settings.bridge.policy_oid,
        checkpoint=checkpoint,
    )
    return Opened(bridge, console, channel)


def own_list_publisher(bridge: BridgeContext, settings: BridgeSettings) -> OwnListPublisher:
    """What makes the bridge's own list, as often as the settings say."""
    return OwnListPublisher(
        bridge,
        timedelta(seconds=settings.bridge.crl_period),
        timedelta(seconds=settings.bridge.crl_next_update),
    )


class BridgeService:
    """The service. It answers from :meth:`start` on; its health says SERVING once its key and the
    ca service were reached."""

    def __init__(
        self, settings: BridgeSettings, clock: Clock, *, checkpoint: Checkpoint = no_checkpoint
    ) -> None:
        """Open everything and bind the gRPC ports. Raises as :func:`open_context`."""
        self._settings = settings
        self._opened = open_context(settings, clock, checkpoint=checkpoint)
        database = self._opened.bridge.database
        self.leases = lease_keeper_of(database, settings.database.read_url(), settings.lease)
        self.bridge = replace(self._opened.bridge, fence=self.leases)
        part = settings.bridge
        self.publisher = own_list_publisher(self.bridge, settings)
        self.material = MaterialCache(self.bridge)
        self.refresher = Refresher(self.bridge, self.material.known)
        self.denials = Denials(
            database,
            self.bridge.journal,
            self.bridge.requests,
            clock,
            max_age=settings.service.deny_list_max_age,
        )
        watch_database("bridge", database)
        watch_keys(settings.keys)
        self._metrics: MetricsServer | None = None
        self.server: RpcServer = server_of(
            settings, clock, self._services(), self.denials.deny_list
        )
        self.jobs = jobs_of(
            self.bridge,
            self.publisher,
            self.refresher,
            part,
            on_ready=self.server.health.set_all_serving,
        )

    def start(self) -> None:
        """Serve, and get ready. Raises ``SERVICE_UNAVAILABLE`` when another process serves a SQLite
        database."""
        settings = self._settings
        self.denials.start()
        self._metrics = metrics_of(settings)
        self.leases.start(
            instance_of(settings.lease, settings.service.listen, self.server.port),
            Takeover(self._take_up, _forget_metrics),
        )
        self.server.start(serving=False)
        self.jobs.start()

    def stop(self) -> None:
        """Give the lease away, drain calls, end the jobs, close everything."""
        self.jobs.ask_to_stop()
        self.server.health.drain()
        self.leases.stop()
        self.server.stop()
        self.denials.stop()
        # Closing the channel ends a call to ca that a job may be waiting for.
        self._opened.channel.close()
        self.jobs.stop()
        if self._metrics is not None:
            self._metrics.stop()
        self._opened.close()

    def _publish_changes(self) -> None:
        """Own lists, and those that ca has made anew: now where it can be, else by the jobs."""
        attempt("publish_list", self.publisher.publish_due)
        attempt("refresh_authorities", self.refresher.look)

    def _take_up(self, _authority_id: AuthorityId, _writer: Writer) -> None:
        """What was approved is carried out by the task: it may have to wait for ca."""
        count_approved(self.bridge)
        for task in TASKS_OF_THE_OWNER:
            self.jobs.wake(task)

    def _services(self) -> list[Callable[[grpc.Server], None]]:
        cross = CrossCertificationServicer(self.bridge, publish=self._publish_changes)
        current = CurrentPool(
            self.material,
            self.refresher,
            self.bridge.clock,
            PastPools(self.bridge, self.material.known),
        )
        pool = PoolServicer(self.bridge, current)
        path = PathServicer(self.bridge.clock, current)
        officers = OfficersServicer(officers_register(self.bridge))
        add_officers = officers_pb2_grpc.add_OfficerRegisterServiceServicer_to_server
        return [
            partial(bridge_pb2_grpc.add_CrossCertificationServiceServicer_to_server, cross),
            partial(bridge_pb2_grpc.add_PoolServiceServicer_to_server, pool),
            partial(bridge_pb2_grpc.add_PathServiceServicer_to_server, path),
            partial(add_officers, officers),
            self.denials.servicer.add_to,
        ]


def _forget_metrics(_authority_id: AuthorityId) -> None:
    """What the next owner measures."""
    for measured in (
        ISSUANCE_INTENTS_PENDING,
        CROSS_REVOCATIONS_UNHEARD,
        CRL_OLDEST_AGE,
        CRL_NEWEST_AGE,
        CRL_NEXT_UPDATE,
    ):
        with suppress(KeyError):
            measured.remove(STREAM)
    forget_ends(STREAM)


def build(settings: BridgeSettings, clock: Clock) -> BridgeService:
    """The service, ready to start."""
    return BridgeService(settings, clock)
