"""An upgrade over what is there, and back again by the copy, by the commands of the page."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.storage.ca.tables import metadata
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import newest_revision, upgrade
from tests.integration.ca.test_revoking import revocation
from tests.integration.operations.conftest import ROOT, Shell, commands, programs
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.window_officers import enrol_everybody

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import PostgresServer

OLDER = "ca_0006"
"""A revision with the same columns as today in all that an issuance writes."""


def carry_over(source: str, to: str) -> None:
    """Put the rows of a database of today into one of an older revision, column by column."""
    with closing(Database(source)) as new, closing(Database(to)) as old:
        upgrade(old, "ca", to=OLDER)
        with new.reading() as reading, old.transaction() as writing:
            known = inspect(writing.connection)
            for table in metadata.sorted_tables:
                if not known.has_table(table.name):
                    continue
                names = {one["name"] for one in known.get_columns(table.name)}
                columns = [column for column in table.columns if column.name in names]
                rows = reading.connection.execute(table.select()).mappings()
                kept = [{one.name: row[one.name] for one in columns} for row in rows]
                if kept:
                    writing.connection.execute(table.insert().values(), kept)


def revision_of(url: str) -> str:
    with closing(Database(url)) as database, database.reading() as tx:
        found = tx.connection.execute(text("SELECT version_num FROM alembic_version"))
        return str(found.scalar_one())


def test_a_database_goes_forward_with_what_is_in_it_and_back_by_its_copy(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    shell = Shell(ROOT, programs())
    with postgres_server.fresh_database() as before, postgres_server.fresh_database() as url:
        with running_ca(tmp_path, before) as ca:
            issued = ca.certificates().IssueCertificate(issue_request(person_key()))
        carry_over(before, url)
        assert revision_of(url) == OLDER

        plain = url.replace("+psycopg", "")
        name = plain.partition("?")[0].rpartition("/")[2]
        file = tmp_path / "owner-url"
        file.write_text(f"{url}\n")
        file.chmod(0o600)
        shell.variables |= {
            "SERVER": plain.replace(f"/{name}?", "/postgres?"),
            "DATABASE": plain,
            "NAME": name,
            "OWNER": "postgres",
            "COPY": str(tmp_path / "before.dump"),
            "SERVICE": "ca",
            "OWNER_FILE": str(file),
        }
        # The grants are for the roles that test_database_roles.py makes.
        back_up, bring_back, _ = commands("### One database as a file")
        shell.run(back_up)
        (forward,) = commands("## Bringing an installation forward")
        shell.run(forward.splitlines()[0])
        assert revision_of(url) == newest_revision("ca")
        look = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=issued.serial)
        with running_ca(tmp_path / "new", url, keys=ca.settings.keys) as ca:
            assert ca.certificates().GetCertificate(look).certificate == issued.certificate
            # As the page says of the revision that made their table.
            enrol_everybody(ca.service.ca, AuthorityId.parse(TOYAMA))
            ca.certificates().RevokeCertificate(revocation(issued.serial))
            found = ca.certificates().GetCertificate(look)
            assert found.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED

        shell.run(bring_back)
        assert revision_of(url) == OLDER
        # What was done after the copy is not on it.
        with running_ca(tmp_path / "again", url, keys=ca.settings.keys) as ca:
            found = ca.certificates().GetCertificate(look)
            assert found.status == revocation_pb2.CERTIFICATE_STATUS_GOOD
