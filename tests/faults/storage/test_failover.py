"""PostgreSQL fails over while the old server lives on: a primary, its standby, and an address that
leads to the one or the other, as a virtual address or a Service of Kubernetes does."""

from __future__ import annotations

import io
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.migrations import upgrade
from openjpki.telemetry.logging import configure_logging
from openjpki_devkit.bench import postgres
from openjpki_devkit.embedded.layout import Ports
from tests.support.ca_service import issue_request, person_key, running_ca
from tests.support.ocsp_service import until
from tests.support.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
    from openjpki.storage.kernel.transaction import Transaction

SERVICES = ("ca", "registration", "ocsp", "bridge")


class Pair:
    """Two servers, of which the second follows the first, and the address."""

    def __init__(self) -> None:
        # They stand free while a server is stopped, so they must be nobody's whom the kernel asks.
        free = Ports.free()
        self.ports = [free.rpc, free.health]
        usual = ("fsync=off", "wal_level=replica", "hot_standby=on", "max_wal_senders=4")
        self.primary = postgres.start(
            (*usual, f"port={self.ports[0]}", "listen_addresses=127.0.0.1")
        )
        self.standby = self._follow()
        self.relay = Relay(self.ports[0])

    def url(self, database: str) -> str:
        """By the address; over TCP, as only that is relayed."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.relay.port}/{database}"

    def lead_to(self, number: int) -> None:
        """What a failover does: the address leads elsewhere, and the first server's connections
        end. It goes on taking new ones."""
        self.relay.lead_to(self.ports[number])
        self.end_backends()

    def end_backends(self) -> None:
        with self.admin(0) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname IS NOT NULL AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )

    def admin(self, number: int) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1", port=self.ports[number], user="postgres", dbname="postgres",
            autocommit=True,
        )  # fmt: skip

    def make(self, name: str) -> None:
        """A database on the first, there when the second has it too."""
        with self.admin(0) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
        until(lambda: self._standby_has(name))

    def close(self) -> None:
        self.relay.close()
        for one in (self.standby, self.primary):
            subprocess.run(one.stop, check=False, stdout=subprocess.DEVNULL)
            shutil.rmtree(one.home, ignore_errors=True)

    def _standby_has(self, name: str) -> bool:
        with self.admin(1) as admin:
            found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return found.fetchone() is not None

    def _follow(self) -> postgres.Server:
        """A second server of the first one's files, which takes no writes."""
        second = postgres.start((f"port={self.ports[1]}", "listen_addresses=127.0.0.1"))
        subprocess.run(second.stop, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(self.primary.stop, check=True, stdout=subprocess.DEVNULL)
        theirs, ours = self.primary.home / "data", second.home / "data"
        shutil.rmtree(ours)
        subprocess.run(["cp", "-a", str(theirs), str(ours)], check=True)
        (ours / "postmaster.pid").unlink(missing_ok=True)
        owner = theirs.stat()
        for name, content in (
            ("standby.signal", ""),
            (
                "postgresql.auto.conf",
                f"primary_conninfo = 'host=127.0.0.1 port={self.ports[0]} user=postgres'\n"
                "wal_level = replica\nhot_standby = on\nmax_wal_senders = 4\nfsync = off\n",
            ),
        ):
            (ours / name).write_text(content)
            shutil.chown(ours / name, owner.st_uid, owner.st_gid)
        for one in (self.primary, second):
            with (one.home / "start.log").open("w") as log:
                subprocess.run(one.begin, check=True, stdout=log, stderr=log)
        return second


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    made = Pair()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def _back(pair: Pair) -> Iterator[None]:
    yield
    pair.lead_to(0)


def unavailable(call: Callable[[], object]) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE, refusal.value


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_works_again_at_once_when_the_primary_is_back(
    pair: Pair, service: str
) -> None:
    pair.make(service)
    database = Database(pair.url(service))
    upgrade(database, service)

    def write(tx: Transaction) -> None:
        tx.connection.execute(
            text(
                "INSERT INTO requests (method, caller, request_id, digest, response, at)"
                " VALUES ('M', 'c', gen_random_uuid(), '', '', now())"
            )
        )

    database.run(write)
    pair.lead_to(1)
    log = io.StringIO()
    configure_logging(service, stream=log)
    try:
        for _ in range(3):
            unavailable(lambda: database.run(write))
            unavailable(database.check)
    finally:
        configure_logging("test", level="warning")
    assert "database failed" in log.getvalue()
    pair.relay.lead_to(pair.ports[0])
    # The very next call, without a restart, and though nobody has ended a connection.
    database.run(write)
    database.check()
    database.close()


def test_connections_to_a_server_that_became_a_standby_are_dropped(pair: Pair) -> None:
    """Made while it was asked for any server, as before a failover."""
    pair.relay.lead_to(pair.ports[1])
    database = Database(pair.url("postgres"), DatabaseOptions(writes=False))
    database.check()

    def write(tx: Transaction) -> None:
        tx.connection.execute(text("CREATE TEMPORARY TABLE t (n INTEGER) ON COMMIT DROP"))

    log = io.StringIO()
    configure_logging("ca", stream=log)
    try:
        unavailable(lambda: database.run(write))
    finally:
        configure_logging("test", level="warning")
    assert "read_only (0A000)" in log.getvalue()
    pair.relay.lead_to(pair.ports[0])
    database.run(write)
    database.close()


def test_a_database_that_is_only_read_may_be_a_standbys(pair: Pair) -> None:
    pair.relay.lead_to(pair.ports[1])
    unavailable(Database(pair.url("postgres")).check)
    reader = Database(pair.url("postgres"), DatabaseOptions(writes=False))
    reader.check()
    reader.close()
    given = Database(pair.url("postgres") + "?target_session_attrs=any")
    given.check()
    given.close()


def test_a_feature_there_is_not_is_no_lost_connection(pair: Pair) -> None:
    """The same SQLSTATE as a standby's, in the middle of a transaction of a primary."""
    database = Database(pair.url("postgres"))
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        tx.connection.execute(text("SELECT x FROM (VALUES (1)) AS v(x) UNION SELECT 1 FOR UPDATE"))
    assert refusal.value.reason is Reason.INTERNAL
    assert refusal.value.metadata["code"] == "0A000"
    database.close()


def test_ca_issues_again_at_once(pair: Pair, tmp_path: Path) -> None:
    pair.make("issuing")
    with running_ca(tmp_path, pair.url("issuing")) as ca:
        stub = ca.certificates()
        assert stub.IssueCertificate(issue_request(person_key(), person="1")).certificate
        pair.lead_to(1)
        waiting = issue_request(person_key(), person="2")
        unavailable(lambda: stub.IssueCertificate(waiting))
        pair.relay.lead_to(pair.ports[0])
        made = until(lambda: _issued(stub, waiting))
        assert made == stub.IssueCertificate(waiting).certificate


def _issued(
    stub: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
) -> bytes:
    """Empty while nobody holds the authority's lease again, which is a lease's duration at most."""
    with suppress(OpenJpkiError):
        return stub.IssueCertificate(request).certificate
    return b""
