"""The registration service as one object: built from settings, started, stopped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openjpki.api.officers.v1 import officers_pb2_grpc
from openjpki.api.registration.v1 import (
    change_notice_pb2_grpc,
    fees_pb2_grpc,
    registration_pb2_grpc,
)
from openjpki.domain.window_rules import WindowRules, parse_window_rules
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.denials import Denials
from openjpki.services.common.officers.officers_servicer import OfficersServicer
from openjpki.services.common.room_left import watch_database
from openjpki.services.common.running import metrics_of, server_of, tls_files
from openjpki.services.registration.ca_client import CaClient
from openjpki.services.registration.context import RegistrationContext
from openjpki.services.registration.fees.fee_servicer import FeeServicer
from openjpki.services.registration.generators_register import generators_register
from openjpki.services.registration.jobs import (
    COMPLETE,
    SETTLE,
    completion_of,
    jobs_of,
    notices_of,
)
from openjpki.services.registration.notices.servicer import ChangeNoticeServicer
from openjpki.services.registration.notices.waiting import say_outcomes
from openjpki.services.registration.receipts.known_keys import KnownReceiptKeys
from openjpki.services.registration.receipts.require_receipt import ReceiptCheck
from openjpki.services.registration.register.person_references import PersonReferences
from openjpki.services.registration.servicer import WindowServicer
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.migrations import upgrade
from openjpki.storage.registration import reference_keys
from openjpki.storage.resident_register.register import SqlResidentRegister

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.registration import RegistrationSettings
    from openjpki.domain.clock import Clock
    from openjpki.rpc.server.server import RpcServer
    from openjpki.telemetry.exporter import MetricsServer


def open_database(settings: RegistrationSettings) -> Database:
    """The service's database, its schema brought forward.

    Raises ``INVALID_FIELD`` if the register is in it: the two have different owners and lives.
    """
    url = settings.database.read_url()
    if url == settings.registration.resident_register.read_url():
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be another database than the service's own",
            field="registration.resident_register",
        )
    database = Database(url, DatabaseOptions(pool_size=settings.database.connections))
    upgrade(database, "registration")
    return database


def open_references(database: Database, key_file: Path) -> PersonReferences:
    """The secret of person references, if it is the one this database was begun with."""
    references = PersonReferences.read(key_file)
    database.run(lambda tx: reference_keys.require_same(tx, references.check_value))
    return references


def read_rules(file: Path | None) -> WindowRules:
    """The rules of windows; their defaults without a file. Raises ``INVALID_FIELD``."""
    if file is None:
        return WindowRules()
    field = "registration.window_rules"
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"{file} can't be read: {error.strerror}", field=field
        ) from error
    return parse_window_rules(octets, field=field)


class RegistrationService:
    """The service. :meth:`start` returns when it answers; nothing runs before."""

    def __init__(self, settings: RegistrationSettings, clock: Clock) -> None:
        """Open everything and bind the gRPC ports.

        Raises ``INVALID_FIELD``, ``SERVICE_UNAVAILABLE``.
        """
        self._settings = settings
        self._database = open_database(settings)
        # Only read here: a standby of the municipality's server will do.
        register = settings.registration.resident_register
        self._register_database = Database(
            register.read_url(), DatabaseOptions(writes=False, pool_size=register.connections)
        )
        watch_database("registration", self._database)
        watch_database("resident_register", self._register_database)
        # Does not wait for a ca service that is away: the officer hears so at once, and the
        # approval is completed later.
        self._channel = open_channel(
            settings.registration.ca,
            tls_files(settings.tls),
            expect_role=PeerRole.CA,
            trust_domain=settings.tls.trust_domain,
        )
        self.registration = RegistrationContext(
            database=self._database,
            register=SqlResidentRegister(self._register_database),
            authority=CaClient(self._channel, _receipt_check(settings)),
            references=open_references(self._database, settings.registration.person_key_file),
            clock=clock,
            policy=settings.registration.policy,
            rules=read_rules(settings.registration.window_rules),
            wake_completion=lambda: self.completion.wake(COMPLETE),
            wake_notices=lambda: self.notices.wake(SETTLE),
        )
        self.completion = completion_of(self.registration)
        self.notices = notices_of(self.registration)
        self.jobs = jobs_of(self.registration, settings.registration)
        self.denials = Denials(
            self.registration.database,
            self.registration.journal,
            self.registration.requests,
            clock,
            max_age=settings.service.deny_list_max_age,
        )
        self._metrics: MetricsServer | None = None
        self.server: RpcServer = server_of(
            settings,
            clock,
            [
                partial(
                    registration_pb2_grpc.add_WindowServiceServicer_to_server,
                    WindowServicer(self.registration),
                ),
                partial(
                    change_notice_pb2_grpc.add_ChangeNoticeServiceServicer_to_server,
                    ChangeNoticeServicer(self.registration),
                ),
                partial(
                    officers_pb2_grpc.add_OfficerRegisterServiceServicer_to_server,
                    OfficersServicer(generators_register(self.registration)),
                ),
                partial(
                    fees_pb2_grpc.add_FeeServiceServicer_to_server, FeeServicer(self.registration)
                ),
                self.denials.servicer.add_to,
            ],
            self.denials.deny_list,
        )

    def start(self) -> None:
        """Serve; approvals that an earlier process left are completed meanwhile."""
        self.denials.start()
        self._metrics = metrics_of(self._settings)
        self.completion.start()
        say_outcomes()
        self.notices.start()
        self.jobs.start()
        self.server.start()

    def stop(self) -> None:
        """Drain calls, end the completion, close everything."""
        self.server.stop()
        self.denials.stop()
        self.completion.ask_to_stop()
        self.notices.ask_to_stop()
        # Closing the channel ends a call to ca that an attempt may be waiting for.
        self._channel.close()
        self.completion.stop()
        self.notices.stop()
        self.jobs.stop()
        if self._metrics is not None:
            self._metrics.stop()
        self._register_database.close()
        self._database.close()


def _receipt_check(settings: RegistrationSettings) -> ReceiptCheck:
    """Raises ``INVALID_FIELD`` for a folder without keys."""

    def own_id() -> str:
        # The file's, which somebody else keeps fresh, and which the channel goes by.
        pem = settings.tls.certificate.read_bytes()
        return read_certificate(pem, settings.tls.trust_domain).identity.spiffe_id

    return ReceiptCheck(KnownReceiptKeys(settings.registration.receipt_keys), own_id)


def build(settings: RegistrationSettings, clock: Clock) -> RegistrationService:
    """The service, ready to start."""
    return RegistrationService(settings, clock)
