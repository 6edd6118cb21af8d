"""The ocsp service as one object: built from settings, started, stopped."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.background import BackgroundTasks, Task, doubling
from openjpki.services.common.denials import Denials
from openjpki.services.common.keys import open_keys
from openjpki.services.common.room_left import watch_database, watch_keys
from openjpki.services.common.running import (
    channel_to,
    limits_of,
    metrics_of,
    server_of,
    tls_files,
)
from openjpki.services.ocsp.agreements.agreement_servicer import AgreementServicer
from openjpki.services.ocsp.ca_client import CaClient
from openjpki.services.ocsp.context import OcspContext
from openjpki.services.ocsp.crl.newest_lists_client import NewestLists
from openjpki.services.ocsp.crl.revocation_list_servicer import RevocationListDownloadServicer
from openjpki.services.ocsp.jobs import jobs_of
from openjpki.services.ocsp.named_authorities import Authorities
from openjpki.services.ocsp.own_scope import OwnScope
from openjpki.services.ocsp.quota.keeping import QuotaKeeper
from openjpki.services.ocsp.quota.standing import standing_of
from openjpki.services.ocsp.refresh_authorities import AuthorityRefresher
from openjpki.services.ocsp.registry.cache import RegistryCache
from openjpki.services.ocsp.registry.registry_servicer import RegistryServicer
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import HttpServer
from openjpki.services.ocsp.responders.keeping import ResponderKeeper
from openjpki.services.ocsp.responders.own_status import is_revoked
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.services.ocsp.responders.responder import Responders
from openjpki.services.ocsp.responders.responder_keys import ResponderMaker
from openjpki.services.ocsp.status.feed_follower import FeedFollower
from openjpki.services.ocsp.status.index_files import LOOK_SECONDS, IndexFiles
from openjpki.services.ocsp.status.statuses import Statuses
from openjpki.services.ocsp.status_calls import STATUS_SERVICE, StatusCalls
from openjpki.services.ocsp.usage.closing import close_days
from openjpki.services.ocsp.usage.keeping import UsageKeeper
from openjpki.services.ocsp.usage.usage_servicer import UsageServicer
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import grpc

    from openjpki.config.ocsp import OcspSettings
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.entries import Registry
    from openjpki.telemetry.exporter import MetricsServer


_FILING_SECONDS = 1.0
"""That a file which is being written is waited for when the service stops."""
_CLOSING_SECONDS = 60.0
"""Seconds between looks which days of usage are complete."""
_FILING_PAUSE = 600.0
"""Seconds between attempts on a disk that is full for long: each writes as much as there is room
for."""


class OcspService:
    """The service. Health says SERVING once every authority's status is there and every active
    one has its responder; before that calls get ``FEED_NOT_READY`` and OCSP ``tryLater``."""

    def __init__(self, settings: OcspSettings, clock: Clock) -> None:
        """Open everything and bind the gRPC ports.

        Raises ``INVALID_FIELD``, ``SERVICE_UNAVAILABLE``, ``KEY_*``.
        """
        part = settings.ocsp
        self._settings = settings
        self._metrics: MetricsServer | None = None
        options = DatabaseOptions(pool_size=settings.database.connections)
        database = Database(settings.database.read_url(), options)
        upgrade(database, "ocsp")
        self.plane = Plane(clock, timedelta(seconds=part.response_lifetime))
        self.ocsp = OcspContext(
            database=database,
            registry=RegistryCache(
                database,
                max_age=settings.service.deny_list_max_age,
                told=self._who_may_ask,
                held=self.plane.registry_held,
            ),
            statuses=Statuses(),
            clock=clock,
        )
        self.denials = Denials(
            self.ocsp.database,
            self.ocsp.journal,
            self.ocsp.requests,
            clock,
            max_age=settings.service.deny_list_max_age,
        )
        self.denials.deny_list.follow(self.plane.denied)
        watch_database("ocsp", database)
        watch_keys(settings.keys)
        self._backend = open_keys(settings.keys)
        self._ca = CaClient(lambda: channel_to(part.ca, settings.tls, PeerRole.CA))
        self.responders = Responders(told=self.plane.responder)
        files = None
        if part.index_directory is not None:
            files = IndexFiles(part.index_directory, clock, part.most_certificates)
        self.follower = FeedFollower(self._ca, clock, part.most_certificates, files=files)
        self._filing = None if files is None else _filing(files, self.follower)
        self.usage = UsageKeeper(
            database,
            clock,
            self.plane,
            directory=part.usage_directory,
            random=secrets.token_bytes,
            tells_for=settings.service.deny_list_max_age,
        )
        self._closing = _closing(self.ocsp)
        self.quotas = QuotaKeeper(
            database,
            clock,
            self.plane.quotas,
            registry=lambda: self.ocsp.registry.current,
            run=self.usage.run,
        )
        self.authorities = Authorities()
        https = None if part.https_listen is None else tls_files(settings.tls)
        self.http = HttpServer(
            plane=self.plane,
            control=Control(settings.tls.trust_domain, https, clock, NewestLists(self._ca).newest),
            http_listen=part.http_listen,
            https_listen=part.https_listen,
            files=https,
        )
        front = StatusCalls(
            self.plane,
            listen=settings.service.listen,
            files=tls_files(settings.tls),
            trust_domain=settings.tls.trust_domain,
            clock=clock,
            limits=limits_of(settings),
        )
        denied = self.denials.deny_list
        self.server = server_of(settings, clock, self._services(), denied, front)
        self.jobs = self._jobs(clock)

    def start(self) -> None:
        """Answer from now on, serve when the status is there. Returns before that: ca may start
        later. Raises ``SERVICE_UNAVAILABLE`` without the registry or a port, ``INVALID_FIELD``."""
        self.ocsp.registry.start()
        self.denials.start()
        self._metrics = metrics_of(self._settings)
        # Before anybody is told anything.
        self.usage.start()
        self.quotas.start()
        self.plane.watch()
        self.http.start()
        try:
            self.server.start(serving=False)
        except BaseException:
            self.http.stop()
            raise
        self.follower.start()
        if self._filing is not None:
            self._filing.start()
        self.jobs.start()
        self._closing.start()

    def stop(self) -> None:
        """Drain calls, end streams and threads, close everything."""
        self.server.stop()
        self.denials.stop()
        self.http.stop()
        self.plane.leave()
        self.jobs.ask_to_stop()
        self._closing.ask_to_stop()
        # When nobody is told anything any more.
        self.quotas.stop()
        self.usage.stop()
        if self._filing is not None:
            # A file that is being written is left as it was, or is whole.
            self._filing.stop(within=_FILING_SECONDS)
        self.follower.stop()
        self.jobs.stop()
        self._closing.stop()
        self.ocsp.registry.stop()
        if self._metrics is not None:
            self._metrics.stop()
        self._ca.close()
        self._backend.close()
        self.ocsp.database.close()

    def _who_may_ask(self, registry: Registry, changed: Collection[str] | None) -> None:
        # What bounds access comes before it.
        self.quotas.bind(registry)
        self.plane.registry(registry, changed)

    def _jobs(self, clock: Clock) -> BackgroundTasks:
        maker = ResponderMaker(backend=self._backend, ca=self._ca, clock=clock)
        renewal = timedelta(seconds=self._settings.ocsp.responder_renewal)
        return jobs_of(
            self.ocsp,
            refresher=AuthorityRefresher(
                ca=self._ca,
                own_scope=OwnScope(tls_files(self._settings.tls), self._settings.tls.trust_domain),
                authorities=self.authorities,
                statuses=self.ocsp.statuses,
                follower=self.follower,
                clock=clock,
                freshness=timedelta(seconds=self._settings.ocsp.freshness),
                max_staleness=timedelta(seconds=self._settings.ocsp.max_staleness),
                told=self.plane.issuers,
            ),
            keeper=ResponderKeeper(
                self.responders, maker.make, clock, renewal, partial(is_revoked, self.ocsp.statuses)
            ),
            responders=self.responders,
            on_ready=self.server.health.set_all_serving,
            # By its name health says whether all that this replica knows is within its bound.
            on_status=lambda within: self.server.health.set_serving(STATUS_SERVICE, serving=within),
        )

    def _services(self) -> list[Callable[[grpc.Server], None]]:
        crls = RevocationListDownloadServicer(self.ocsp, self._ca, self.plane.reserve_list)
        registry = RegistryServicer(self.ocsp)
        agreements = AgreementServicer(self.ocsp, partial(standing_of, self.ocsp))
        usage = UsageServicer(self.ocsp)
        add_crls = ocsp_pb2_grpc.add_RevocationListDownloadServiceServicer_to_server
        add_registry = ocsp_pb2_grpc.add_VerifierRegistryServiceServicer_to_server
        add_agreements = ocsp_pb2_grpc.add_AgreementServiceServicer_to_server
        add_usage = ocsp_pb2_grpc.add_UsageServiceServicer_to_server
        return [
            partial(add_crls, crls),
            partial(add_registry, registry),
            partial(add_agreements, agreements),
            partial(add_usage, usage),
            self.denials.servicer.add_to,
        ]


def _filing(files: IndexFiles, follower: FeedFollower) -> BackgroundTasks:
    """On its own, since nothing may wait for a disk."""

    def save() -> None:
        # When the service stops, none is begun any more: what follows in its place may have begun.
        left = takewhile(lambda _: not filing.stopping, follower.followed())
        files.save(left, follower.undoubted)

    retry = doubling(LOOK_SECONDS, _FILING_PAUSE)
    task = Task(name="keep_index_files", work=save, every=LOOK_SECONDS, retry=retry)
    filing = BackgroundTasks("ocsp-index-files", [task])
    return filing


def _closing(ocsp: OcspContext) -> BackgroundTasks:
    """On its own: after some time away many days are to be closed, and nothing may wait for it."""
    task = Task(
        name="close_usage",
        work=lambda: close_days(ocsp, lambda: closing.stopping),
        every=_CLOSING_SECONDS,
    )
    closing = BackgroundTasks("ocsp-usage-days", [task])
    return closing


def build(settings: OcspSettings, clock: Clock) -> OcspService:
    """The service, ready to start."""
    return OcspService(settings, clock)
