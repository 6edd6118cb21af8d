"""A replica is killed: what it has told is counted, though it could not write it (R5.2.2)."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from cryptography.x509 import ocsp

from openjpki.signer_core import OcspUsageFiles
from openjpki.storage.kernel.database import Database
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.lock_waits import locked
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_process import OcspProcess, write_settings
from tests.support.ocsp_service import make_settings, running_ocsp, until
from tests.support.postgres import postgres_server, postgres_url
from tests.support.responder_keys import enrol_replica

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["postgres_server", "postgres_url"]


def answered(url: str, der: bytes) -> bool:
    """Whether a status is told over HTTP."""
    request = Request(url, der, {"Content-Type": "application/ocsp-request"})  # noqa: S310
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own URL
        response = ocsp.load_der_ocsp_response(answer.read())
    return response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL


def in_files(folder: Path) -> int:
    found = OcspUsageFiles.newest(folder)
    return 0 if found is None else sum(total for *_, total in found[2])


def in_database(database: Database) -> int:
    with database.reading() as tx:
        found = tx.connection.exec_driver_sql("SELECT coalesce(sum(told), 0) FROM usage")
        return int(found.scalar_one())


@pytest.mark.requirement("R5.2.2")
def test_what_a_killed_replica_has_told_is_counted(tmp_path: Path, postgres_url: str) -> None:
    for name in ("ca", "other", "killed"):
        (tmp_path / name).mkdir()
    ca_url, files = f"sqlite:///{tmp_path / 'ca.db'}", tmp_path / "usage"
    with ExitStack() as stack:
        ca = stack.enter_context(running_ca(tmp_path / "ca", ca_url, authorities=(TOYAMA,)))
        target = f"127.0.0.1:{ca.service.server.port}"
        other = stack.enter_context(
            running_ocsp(tmp_path / "other", postgres_url, ca.mesh, target, ca_url=ca_url)
        )
        other.register(networks=("127.0.0.0/8",))
        issued = ca.certificates().IssueCertificate(issue_request(person_key(), person="one"))
        der = request_for(issued.serial, issued.authority_certificate)
        database = stack.enter_context(closing(Database(postgres_url)))
        settings = make_settings(
            tmp_path / "killed", postgres_url, ca.mesh, target, usage_directory=files
        )
        enrol_replica(ca_url, settings)
        file = write_settings(tmp_path / "killed" / "ocsp.toml", settings)
        killed = OcspProcess(file)
        stack.callback(killed.end)
        until(lambda: answered(killed.url, der))
        until(lambda: in_database(database) == 1)
        with locked(database, "SELECT * FROM usage_epochs"):
            for _ in range(9):
                assert answered(killed.url, der)
            until(lambda: in_files(files) == 10)
            killed.kill()
        assert in_database(database) == 1
        # Once, however often it begins and ends before it tells anybody anything.
        for _ in range(2):
            new = OcspProcess(file)
            stack.callback(new.end)
            assert in_database(database) == 10
            new.kill()
        new = OcspProcess(file)
        stack.callback(new.end)
        until(lambda: answered(new.url, der))
        until(lambda: in_database(database) == 11)
