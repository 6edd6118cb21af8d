"""ca on a disk that fills up, SQLite's or that of PostgreSQL's write-ahead log: what callers and
probes see, and that it goes on without a restart when there is room again."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.service import CaService
from openjpki.telemetry.metrics import REGISTRY
from openjpki_devkit.bench import postgres
from tests.support.ca_books import assert_whole
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.mounted import fill, read_only, small_disk
from tests.support.probing import is_serving
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2_grpc


def failures(cause: str) -> float:
    labels = {"database": "ca", "cause": cause}
    return REGISTRY.get_sample_value("openjpki_database_failures_total", labels) or 0.0


def is_refused(
    stub: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
) -> bool:
    """As what passes, and nothing else."""
    reason = None
    try:
        stub.IssueCertificate(request)
    except OpenJpkiError as refusal:
        reason = refusal.reason
    assert reason in {None, Reason.SERVICE_UNAVAILABLE}
    return reason is not None


def is_issued(
    stub: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
) -> bool:
    with suppress(OpenJpkiError):
        return bool(stub.IssueCertificate(request).certificate)
    return False


def test_sqlites(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "disk", "8m") as disk,
        running_ca(tmp_path, f"sqlite:///{disk / 'ca.db'}") as ca,
    ):
        stub = ca.certificates()
        issued = stub.IssueCertificate(issue_request(person_key(), person="1"))
        before = failures("full")
        fill(disk / "ballast")
        waiting = issue_request(person_key(), person="2")
        assert is_refused(stub, waiting)
        assert failures("full") > before
        look = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=issued.serial)
        assert stub.GetCertificate(look).certificate == issued.certificate
        # It answers, and what it refuses another instance would refuse too.
        assert is_serving(ca.service.server.health_port)
        (disk / "ballast").unlink()
        assert stub.IssueCertificate(waiting).certificate
        assert_whole(ca.service.ca.database, TOYAMA)


def test_sqlites_that_may_only_be_read_is_not_started_with(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    with running_ca(tmp_path, f"sqlite:///{folder / 'ca.db'}") as ca:
        settings = ca.settings
    with read_only(folder), pytest.raises(OpenJpkiError) as refusal:
        CaService(settings, SystemClock())
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    assert refusal.value.message == "the database takes no writes"
    CaService(settings, SystemClock()).stop()


def log_moved(server: postgres.Server, disk: Path) -> None:
    """The write-ahead log of a stopped server, to a disk of its own."""
    log = server.home / "data" / "pg_wal"
    owner = log.stat()
    subprocess.run(["cp", "-a", f"{log}/.", str(disk)], check=True)
    shutil.chown(disk, owner.st_uid, owner.st_gid)
    disk.chmod(0o700)
    shutil.rmtree(log)
    log.symlink_to(disk)


def begin(server: postgres.Server) -> None:
    with (server.home / "start.log").open("w") as log:
        subprocess.run(server.begin, check=False, stdout=log, stderr=log)


def writes_until_it_stops(server: postgres.Server) -> None:
    """Each piece of the log is ended at once."""
    with (
        suppress(psycopg.Error),
        psycopg.connect(
            host=str(server.home), user="postgres", dbname="postgres", autocommit=True
        ) as admin,
    ):
        admin.execute("CREATE TABLE IF NOT EXISTS written (n INTEGER)")
        for number in range(100):
            admin.execute("INSERT INTO written VALUES (%s)", (number,))
            admin.execute("SELECT pg_switch_wal()")
        pytest.fail("the log's disk is not full")


def test_that_of_postgresqls_log(tmp_path: Path) -> None:
    """The server stops at once: what it can't log it can't keep."""
    settings = ("listen_addresses=''", "fsync=off", "min_wal_size=32MB", "max_wal_size=32MB")
    with (
        postgres.running(settings) as server,
        small_disk(server.home / "log-disk", "96m") as disk,
    ):
        subprocess.run(server.stop, check=True, stdout=subprocess.DEVNULL)
        log_moved(server, disk)
        begin(server)
        with running_ca(tmp_path, server.url()) as ca:
            stub = ca.certificates()
            assert stub.IssueCertificate(issue_request(person_key(), person="1")).certificate
            fill(disk / "ballast")
            writes_until_it_stops(server)
            waiting = issue_request(person_key(), person="2")
            wait_until(lambda: is_refused(stub, waiting))
            (disk / "ballast").unlink()
            # As whoever runs it does, unless it has begun again by itself.
            begin(server)
            wait_until(lambda: is_issued(stub, waiting))
            assert_whole(ca.service.ca.database, TOYAMA)
        subprocess.run(server.stop, check=False, stdout=subprocess.DEVNULL)
