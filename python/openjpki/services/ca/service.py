"""The certification authority service as one object: built from settings, started, stopped."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2_grpc
from openjpki.domain.issue_limits import IssueLimits
from openjpki.services.ca.authorities.ends import forget as forget_ends
from openjpki.services.ca.authority_servicer import AuthorityServicer
from openjpki.services.ca.certificate_servicer import CertificateServicer
from openjpki.services.ca.context import CaContext
from openjpki.services.ca.crl.manifest import Manifests
from openjpki.services.ca.crl.publication import Publisher
from openjpki.services.ca.crl.revocation_list_servicer import RevocationListServicer
from openjpki.services.ca.issuance.recovery import take_up_intents
from openjpki.services.ca.issue_room import IssueRoom
from openjpki.services.ca.jobs import (
    MEASURE_ENDS,
    PUBLISH_CHANGES,
    PUBLISH_DELTAS,
    PUBLISHING,
    deltas_of,
    jobs_of,
)
from openjpki.services.ca.officers_register import officers_register
from openjpki.services.ca.receipts.receipt_key import open_receipt_key
from openjpki.services.ca.receipts.receipts import Receipts
from openjpki.services.ca.responders.responder_key_servicer import ResponderKeyServicer
from openjpki.services.ca.revocation.ex_officio_servicer import ExOfficioServicer
from openjpki.services.ca.status.feed_heads import FeedHeads
from openjpki.services.ca.status.other_instances import ENDS_SECONDS, OtherInstances
from openjpki.services.ca.status.status_feed_servicer import StatusFeedServicer
from openjpki.services.common.background import attempt
from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.services.common.denials import Denials
from openjpki.services.common.fence import Console
from openjpki.services.common.key_ring import KeyRing
from openjpki.services.common.keys import open_keys
from openjpki.services.common.lease_keeper import Takeover
from openjpki.services.common.officers.officers_servicer import OfficersServicer
from openjpki.services.common.room_left import watch_database, watch_keys
from openjpki.services.common.running import instance_of, lease_keeper_of, metrics_of, server_of
from openjpki.storage.kernel.choose_leases import leases_of
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.migrations import upgrade
from openjpki.telemetry.metrics import (
    CRL_NEWEST_AGE,
    CRL_NEXT_UPDATE,
    CRL_OLDEST_AGE,
    ISSUANCE_INTENTS_PENDING,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.config.ca import CaSettings
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.rpc.server.server import RpcServer
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.storage.kernel.transaction import Writer
    from openjpki.telemetry.exporter import MetricsServer


def open_context(
    settings: CaSettings, clock: Clock, *, checkpoint: Checkpoint = no_checkpoint
) -> CaContext:
    """Database (its schema brought forward) and keys of the settings, also for the command line.

    Raises ``INVALID_FIELD``, ``SERVICE_UNAVAILABLE``, ``KEY_*``.
    """
    # A process that stops in the middle of a transaction must not hold a lease's row for longer
    # than it would have held the lease.
    options = DatabaseOptions(
        pool_size=settings.database.connections, idle_writer=settings.lease.duration
    )
    database = Database(settings.database.read_url(), options)
    upgrade(database, "ca")
    backend = open_keys(settings.keys)
    console = Console(database, leases_of(database))
    return CaContext(
        database=database,
        fence=console,
        console=console,
        keys=KeyRing(backend),
        clock=clock,
        random=secrets.token_bytes,
        issue_room=IssueRoom(IssueLimits(**settings.ca.issue_limits.model_dump())),
        checkpoint=checkpoint,
    )


def close_context(ca: CaContext) -> None:
    """Let go of the database and of the keys."""
    ca.keys.backend.close()
    ca.database.close()


def publisher_of(ca: CaContext, settings: CaSettings) -> Publisher:
    """What makes the lists, as often as the settings say."""
    return Publisher(
        ca,
        timedelta(seconds=settings.ca.crl_period),
        timedelta(seconds=settings.ca.crl_next_update),
    )


class CaService:
    """The service. :meth:`start` returns when it answers; nothing runs before."""

    def __init__(
        self, settings: CaSettings, clock: Clock, *, checkpoint: Checkpoint = no_checkpoint
    ) -> None:
        """Open everything and bind the gRPC ports. Raises as :func:`open_context`."""
        self._settings = settings
        ca = open_context(settings, clock, checkpoint=checkpoint)
        self.leases = lease_keeper_of(ca.database, settings.database.read_url(), settings.lease)
        self.ca = replace(ca, fence=self.leases)
        self.publisher = publisher_of(self.ca, settings)
        own_key = open_receipt_key(settings.ca.signs_receipts, self.ca.keys.backend)
        self._receipts = Receipts(own_key)
        self._manifests = Manifests(own_key)
        self._stopping = Event()
        self.feeds = FeedHeads(self.ca.database, self.ca.feed_signal, clock)
        self.others = OtherInstances(self.ca.database, self.ca.feed_signal)
        self.jobs = jobs_of(self.ca, self.publisher, settings.ca)
        self.deltas = deltas_of(self.ca, settings.ca)
        self.denials = Denials(
            self.ca.database,
            self.ca.journal,
            self.ca.requests,
            clock,
            max_age=settings.service.deny_list_max_age,
        )
        watch_database("ca", self.ca.database)
        watch_keys(settings.keys)
        self._metrics: MetricsServer | None = None
        self.server: RpcServer = server_of(
            settings, clock, self._services(), self.denials.deny_list
        )

    def start(self) -> None:
        """Take leases and finish what their last owners left half done, then serve.

        An intent whose key device is away does not keep the service from starting: a retry of its
        request, or the jobs, finish it later. Raises ``SERVICE_UNAVAILABLE`` when another process
        serves a SQLite database.
        """
        settings = self._settings
        self.denials.start()
        self._metrics = metrics_of(settings)
        self.leases.start(
            instance_of(settings.lease, settings.service.listen, self.server.port),
            Takeover(self._take_up, _forget_metrics),
        )
        self.jobs.start()
        self.deltas.start()
        self.feeds.start()
        self.others.start()
        self.server.start()

    def stop(self) -> None:
        """Give the leases away, drain calls, end streams and jobs, close everything."""
        self._stopping.set()
        # Else whoever waits for a reading takes up the time that calls have to end.
        self.feeds.ask_to_stop()
        self.server.health.drain()
        self.leases.stop()
        self.server.stop()
        # Where the database hangs both wait for it, and not one after the other.
        self.others.ask_to_stop()
        self.deltas.ask_to_stop()
        ends = monotonic() + ENDS_SECONDS
        self.feeds.stop()
        self.others.stop(max(ends - monotonic(), 0.0))
        self.denials.stop()
        self.jobs.stop()
        self.deltas.stop()
        if self._metrics is not None:
            self._metrics.stop()
        close_context(self.ca)

    def _take_up(self, authority_id: AuthorityId, writer: Writer) -> None:
        """Calls wait until the intents are finished; lists are made beside them."""
        take_up_intents(self.ca, authority_id, writer)
        for task in (*PUBLISHING, MEASURE_ENDS):
            self.jobs.wake(task)
        self.deltas.wake(PUBLISH_DELTAS)

    def _publish_changes(self) -> None:
        """Before the answer where it can be; else the job does it, again and again."""
        if not attempt(PUBLISH_CHANGES, self.publisher.publish_changes):
            self.jobs.wake(PUBLISH_CHANGES)

    def _services(self) -> list[Callable[[grpc.Server], None]]:
        certificates = CertificateServicer(self.ca, self._receipts)
        authorities = AuthorityServicer(
            self.ca,
            responder_lifetime=timedelta(seconds=self._settings.ca.responder_lifetime),
            publish_changes=self._publish_changes,
        )
        responder_keys = ResponderKeyServicer(self.ca, publish_changes=self._publish_changes)
        revocation_lists = RevocationListServicer(self.ca, self._manifests)
        status_feed = StatusFeedServicer(self.ca, self.feeds, self._stopping.is_set)
        officers = OfficersServicer(officers_register(self.ca))
        add_officers = officers_pb2_grpc.add_OfficerRegisterServiceServicer_to_server
        return [
            partial(ca_pb2_grpc.add_CertificateServiceServicer_to_server, certificates),
            partial(ca_pb2_grpc.add_AuthorityServiceServicer_to_server, authorities),
            partial(ca_pb2_grpc.add_RevocationListServiceServicer_to_server, revocation_lists),
            partial(ca_pb2_grpc.add_StatusFeedServiceServicer_to_server, status_feed),
            partial(ca_pb2_grpc.add_ResponderKeyServiceServicer_to_server, responder_keys),
            partial(ca_pb2_grpc.add_ExOfficioServiceServicer_to_server, ExOfficioServicer(self.ca)),
            partial(add_officers, officers),
            self.denials.servicer.add_to,
        ]


def _forget_metrics(authority_id: AuthorityId) -> None:
    """What its next owner measures."""
    for measured in (ISSUANCE_INTENTS_PENDING, CRL_OLDEST_AGE, CRL_NEWEST_AGE, CRL_NEXT_UPDATE):
        with suppress(KeyError):
            measured.remove(str(authority_id))
    forget_ends(authority_id)


def build(settings: CaSettings, clock: Clock) -> CaService:
    """The service, ready to start."""
    return CaService(settings, clock)
