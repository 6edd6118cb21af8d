"""A newer release has brought a database forward: an older one that is started refuses it by name,
one that runs goes on as far as what it needs is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from openjpki.cli.exit_codes import ExitCode
from openjpki.config.clock import SystemClock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.service import CaService
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.support.ca_books import assert_whole
from tests.support.ca_process import write_settings
from tests.support.ca_service import (
    TOYAMA,
    issue_request,
    person_key,
    revoke_request,
    running_ca,
)
from tests.support.installation import openjpki, refusal
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ca.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as made:
        yield made


def bring_forward(database: Database) -> None:
    """As a release of tomorrow would, that adds something."""
    with database.transaction() as tx:
        for statement in (
            "UPDATE alembic_version SET version_num = 'ca_9999'",
            "ALTER TABLE certificates ADD COLUMN of_tomorrow INTEGER",
            "CREATE TABLE tomorrow (number INTEGER)",
        ):
            tx.connection.execute(text(statement))


def test_who_runs_goes_on_and_who_is_started_is_refused_by_name(url: str, tmp_path: Path) -> None:
    with running_ca(tmp_path, url) as ca:
        stub = ca.certificates()
        issued = stub.IssueCertificate(issue_request(person_key(), person="1"))
        bring_forward(ca.service.ca.database)
        assert stub.IssueCertificate(issue_request(person_key(), person="2")).certificate
        stub.RevokeCertificate(revoke_request(issued.serial))
        ca.service.ca.database.check()
        assert_whole(ca.service.ca.database, TOYAMA)
    with pytest.raises(OpenJpkiError) as refused:
        CaService(ca.settings, SystemClock())
    assert refused.value.reason is Reason.SCHEMA_NEWER
    file = write_settings(tmp_path / "settings.toml", ca.settings)
    ended = openjpki("serve", "ca", "--settings", str(file))
    assert ended.returncode == ExitCode.REFUSED
    assert refusal(ended)["error"] == "SCHEMA_NEWER"


@pytest.mark.parametrize(
    ("revision", "reason"),
    [("ca_9999", Reason.SCHEMA_NEWER), ("ca_0017", Reason.SCHEMA_BEHIND)],
    ids=["newer", "older"],
)
def test_a_role_that_may_not_change_the_schema_is_told_which_way_it_differs(
    postgres_server: PostgresServer, revision: str, reason: Reason
) -> None:
    with postgres_server.fresh_database() as made:
        database = Database(made)
        upgrade(database, "ca")
        with database.transaction() as tx:
            tx.connection.execute(
                text("UPDATE alembic_version SET version_num = :is"), {"is": revision}
            )
        database.close()
        plain = made.replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as admin:
            admin.execute("CREATE ROLE of_a_service LOGIN")
            admin.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO of_a_service")
        try:
            service_s = Database(made.replace("postgres@", "of_a_service@"))
            with pytest.raises(OpenJpkiError) as refused:
                upgrade(service_s, "ca")
            service_s.close()
        finally:
            with psycopg.connect(plain, autocommit=True) as admin:
                admin.execute("DROP OWNED BY of_a_service")
                admin.execute("DROP ROLE of_a_service")
        assert refused.value.reason is reason
