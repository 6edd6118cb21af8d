"""The roles of a service's database, made by the commands of docs/operations.md as typed there."""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import psycopg
import pytest
from psycopg import errors

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from tests.integration.bridge.conftest import abroad
from tests.integration.bridge.test_renumbered_lists import restored, with_lists
from tests.integration.bridge.test_unreadable_elements import as_officer
from tests.integration.operations.conftest import ROOT, Shell, commands, programs
from tests.support.bridge_officers import acceptance
from tests.support.bridge_service import running_bridge
from tests.support.ca_service import issue_request, person_key, revoke_request, running_ca

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.bridge.conftest import Abroad
    from tests.support.postgres import PostgresServer

__all__ = ["abroad"]

SERVICES = ("registration", "resident_register", "ca", "ocsp", "bridge")
CA = pytest.mark.parametrize("made", ["ca"], indirect=True)
BRIDGE = pytest.mark.parametrize("made", ["bridge"], indirect=True)
REGISTRATION = pytest.mark.parametrize("made", ["registration"], indirect=True)


class Made(NamedTuple):
    """A server on which the document's section was followed for one service."""

    service: str
    socket: str

    def url(self, role: str) -> str:
        return f"postgresql://{role}@/{self.service}?host={self.socket}"


@pytest.fixture(scope="module")
def shell_at_root() -> Shell:
    return Shell(ROOT, programs())


@pytest.fixture(scope="module")
def made(
    request: pytest.FixtureRequest,
    postgres_server: PostgresServer,
    shell_at_root: Shell,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Made]:
    """The first block of the section, for the service that the test names."""
    service: str = request.param
    made = Made(service, postgres_server.socket_directory)
    server = f"postgresql://postgres@/postgres?host={made.socket}"
    owner = made.url(f"{service}_owner")
    file = tmp_path_factory.mktemp("owner") / "url"
    file.write_text(owner.replace("postgresql:", "postgresql+psycopg:") + "\n")
    file.chmod(0o600)
    variables = {"SERVICE": service, "SERVER": server, "OWNER": owner, "OWNER_FILE": str(file)}
    shell_at_root.variables |= variables
    try:
        shell_at_root.run(commands("### 2. Databases and roles")[0])
        yield made
    finally:
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{service}" WITH (FORCE)')
            for role in (f"{service}_owner", service, f"{service}_auditor"):
                admin.execute(f'DROP ROLE IF EXISTS "{role}"')


@CA
def test_a_service_issues_by_its_own_role(made: Made, tmp_path: Path) -> None:
    url = made.url("ca").replace("postgresql:", "postgresql+psycopg:")
    with running_ca(tmp_path, url) as ca:
        issued = ca.certificates().IssueCertificate(issue_request(person_key()))
        assert issued.certificate
        ca.certificates().RevokeCertificate(revoke_request(issued.serial))
        ca.service.publisher.publish_due()
    with psycopg.connect(made.url("ca_auditor")) as auditor:
        acts = auditor.execute("SELECT act FROM journal").fetchall()
    assert ("certificate.issued",) in acts


@pytest.mark.parametrize("made", SERVICES, indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE journal",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "TRUNCATE journal",
        "UPDATE journal SET act = 'other'",
        "DELETE FROM journal_segments",
        "UPDATE alembic_version SET version_num = 'ca_0001'",
        "CREATE TABLE mine (x int)",
        "DROP TRIGGER journal_no_delete ON journal",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_a_service_changes_rows_and_no_table(made: Made, statement: str) -> None:
    with (
        psycopg.connect(made.url(made.service)) as service,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        service.execute(statement)


@CA
@pytest.mark.parametrize(
    "table", ["serials", "certificates", "revocations", "used_keys", "evidence"]
)
def test_ca_takes_back_nothing_it_wrote_of_a_certificate(made: Made, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET authority_id = 'x'"):  # noqa: S608
        with (
            psycopg.connect(made.url("ca")) as service,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            service.execute(statement)


@BRIDGE
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM serials",
        "UPDATE serials SET reserved_at = now()",
        "DELETE FROM approvals",
        "UPDATE approvals SET signature = NULL",
        "DELETE FROM accepted_numberings",
        "UPDATE accepted_numberings SET sha256 = ''",
        "UPDATE accepted_numberings SET partner_id = 'x'",
        "UPDATE accepted_numberings SET actor = 'x', replaced = NULL",
        "UPDATE accepted_numberings SET signature = ''",
        "UPDATE kept_lists SET list = ''",
        "UPDATE kept_lists SET retained_from = now()",
        "UPDATE taken_out_lists SET this_update = now()",
        "UPDATE submitted_certificates SET certificate = ''",
    ],
)
def test_bridge_takes_back_nothing_that_was_signed_for_or_handed_in(
    made: Made, statement: str
) -> None:
    with (
        psycopg.connect(made.url("bridge")) as service,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        service.execute(statement)


@REGISTRATION
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM fee_receipts",
        "UPDATE fee_receipts SET number = 1",
        "UPDATE fee_receipts SET yen = 0, voided_at = now()",
        "UPDATE fee_receipts SET receipt_id = ''",
        "DELETE FROM refused_revocations",
        "UPDATE refused_revocations SET reason = 'other'",
    ],
)
def test_registration_takes_back_no_receipt_and_no_refusal(made: Made, statement: str) -> None:
    with (
        psycopg.connect(made.url("registration")) as service,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        service.execute(statement)


@REGISTRATION
def test_registration_makes_a_receipt_void_and_empties_an_explanation(made: Made) -> None:
    with psycopg.connect(made.url("registration")) as service:
        service.execute(
            "UPDATE fee_receipts SET void_reason = 'repaid', voided_by = 'x', voided_at = now(),"
            " voided_window_id = 'x'"
        )
        service.execute("UPDATE refused_revocations SET explanation = NULL")


@BRIDGE
def test_a_bridge_exchanges_and_accepts_new_numbers_by_its_own_role(
    made: Made, tmp_path: Path, abroad: Abroad
) -> None:
    url = made.url("bridge").replace("postgresql:", "postgresql+psycopg:")
    partner = abroad.partner_id
    with (
        running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as ca,
        running_bridge(tmp_path, url, ca) as bridge,
    ):
        with_lists(bridge, abroad)
        first = restored(abroad)
        digest = hashlib.sha256(first).digest()
        as_officer(bridge).AcceptRenumberedList(acceptance(partner, digest, "officer-1"))
        bridge.submit_list(partner, first)
    with psycopg.connect(made.url("bridge")) as service:
        accepted = service.execute("SELECT sha256, replaced IS NULL FROM accepted_numberings")
        assert accepted.fetchall() == [(digest, False)]


@pytest.mark.parametrize("made", SERVICES, indirect=True)
def test_an_auditor_reads_the_journal_and_nothing_else(made: Made) -> None:
    with psycopg.connect(made.url(f"{made.service}_owner")) as owner:
        tables = [
            name
            for (name,) in owner.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]
    assert {"journal", "journal_segments"} < set(tables)
    for table in tables:
        with psycopg.connect(made.url(f"{made.service}_auditor")) as auditor:
            if table in {"journal", "journal_segments"}:
                auditor.execute(f"TABLE {table}")
                with pytest.raises(errors.InsufficientPrivilege):
                    auditor.execute(f"TRUNCATE {table}")
            else:
                with pytest.raises(errors.InsufficientPrivilege):
                    auditor.execute(f"TABLE {table}")


_RIGHTS = """
    SELECT 'database', datname::text, grantee, privilege_type FROM pg_database,
        aclexplode(coalesce(datacl, acldefault('d', datdba))) WHERE datname = current_database()
    UNION SELECT 'schema', nspname::text, grantee, privilege_type FROM pg_namespace,
        aclexplode(coalesce(nspacl, acldefault('n', nspowner))) WHERE nspname = 'public'
    UNION SELECT 'table', relname::text, grantee, privilege_type FROM pg_class,
        aclexplode(coalesce(relacl, acldefault('r', relowner)))
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION SELECT 'column', relname || '.' || attname, grantee, privilege_type
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid, aclexplode(attacl)
        WHERE relnamespace = 'public'::regnamespace
    UNION SELECT 'later tables', defaclrole::regrole::text, grantee, privilege_type
        FROM pg_default_acl, aclexplode(defaclacl)
"""


@pytest.mark.parametrize("made", ["bridge", "resident_register"], indirect=True)
def test_brought_back_from_a_file_everybody_may_what_they_might(
    made: Made, shell_at_root: Shell, tmp_path: Path
) -> None:
    """Database, schema, tables and columns, PUBLIC's rights too."""
    superuser = f"postgresql://postgres@/{made.service}?host={made.socket}"
    variables = {
        "DATABASE": superuser,
        "NAME": made.service,
        "OWNER": f"{made.service}_owner",
        "COPY": str(tmp_path / "copy"),
    }
    back_up, *bring_back = commands("### One database as a file")
    with _reader_of(made, shell_at_root, superuser):
        with psycopg.connect(superuser) as admin:
            before = set(admin.execute(_RIGHTS).fetchall())
        assert len(before) > 50
        shell_at_root.run(back_up, **variables)
        for block in bring_back:
            shell_at_root.run(block, **variables)
        with psycopg.connect(superuser) as admin:
            after = set(admin.execute(_RIGHTS).fetchall())
        assert after == before


@pytest.mark.parametrize("made", SERVICES, indirect=True)
def test_an_upgrade_leaves_everybody_what_they_may(made: Made, shell_at_root: Shell) -> None:
    """The block of an upgrade, as typed: grants are given anew, and nothing beyond them."""
    superuser = f"postgresql://postgres@/{made.service}?host={made.socket}"
    with psycopg.connect(superuser) as admin:
        before = set(admin.execute(_RIGHTS).fetchall())
    with psycopg.connect(made.url(f"{made.service}_owner")) as owner:
        owner.execute(f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{made.service}"')
    (forward,) = commands("## Bringing an installation forward")
    shell_at_root.run(forward)
    with psycopg.connect(superuser) as admin:
        assert set(admin.execute(_RIGHTS).fetchall()) == before


@contextmanager
def _reader_of(made: Made, shell: Shell, superuser: str) -> Iterator[None]:
    """The role by which registration reads the register, where the database is that."""
    if made.service != "resident_register":
        yield
        return
    shell.run(commands("### 2. Databases and roles")[1], SERVER_OF_REGISTER=superuser)
    try:
        yield
    finally:
        with psycopg.connect(superuser, autocommit=True) as admin:
            admin.execute("DROP OWNED BY resident_register_reader")
            admin.execute("DROP ROLE resident_register_reader")


@pytest.mark.parametrize("made", ["resident_register"], indirect=True)
def test_registration_reads_residents_and_nothing_else(made: Made, shell_at_root: Shell) -> None:
    server = f"postgresql://postgres@/{made.service}?host={made.socket}"
    with _reader_of(made, shell_at_root, server):
        with psycopg.connect(made.url("resident_register_reader")) as reader:
            reader.execute("SELECT * FROM residents")
            with pytest.raises(errors.InsufficientPrivilege):
                reader.execute("DELETE FROM residents")
        with (
            psycopg.connect(made.url("resident_register_reader")) as reader,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            reader.execute("SELECT * FROM journal")


@CA
def test_a_service_whose_schema_is_behind_says_who_must_act(made: Made) -> None:
    """As after an upgrade of the image alone: the role can't go forward, and the refusal says how
    it is done."""
    with psycopg.connect(made.url("ca_owner"), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = 'ca_0001'")
    url = made.url("ca").replace("postgresql:", "postgresql+psycopg:")
    with closing(Database(url)) as database, pytest.raises(OpenJpkiError) as refused:
        upgrade(database, "ca")
    assert refused.value.reason is Reason.SCHEMA_BEHIND
    assert "openjpki database forward ca" in str(refused.value)
