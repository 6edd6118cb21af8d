"""Schemas come out of the revisions as the code expects them, on both databases."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import column, inspect, table, text

from openjpki.domain import feed_digest
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage import migrations
from openjpki.storage.bridge import pool_lists
from openjpki.storage.ca import feed, generations
from openjpki.storage.kernel.columns import Bytes, UtcTime
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import (
    SegmentRule,
    close_due,
    disposable,
    faults,
    seal_closed,
)
from openjpki.storage.migrations import SERVICES, metadata_of, newest_revision, upgrade
from openjpki.storage.migrations.steps import differences
from tests.support import x509_samples as samples
from tests.support.journal_samples import AT, STREAM, append
from tests.support.kept_lists import kept_list
from tests.support.schemas import put_schema
from tests.support.small_pki import SmallPki

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(migrations.__file__).parent
WITH_TABLES = [
    service
    for service in SERVICES
    if find_spec(f"openjpki.storage.{service}") and find_spec(f"openjpki.storage.{service}.tables")
]


def scripts_of(service: str) -> ScriptDirectory:
    versions = Config()
    versions.set_main_option("script_location", str(HERE))
    versions.set_main_option("version_locations", str(HERE / service))
    versions.set_main_option("path_separator", "newline")
    return ScriptDirectory.from_config(versions)


DEFINITIONS = {
    "sqlite": "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master",
    "postgresql": """
        SELECT conname || ': ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexname || ': ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname || ': ' || prosrc FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT relname || ': ' || relkind::text || coalesce(reloptions::text, '')
        || coalesce(obj_description(oid, 'pg_class'), '') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT sequencename || ': ' || coalesce(last_value, 0) FROM pg_sequences
        UNION ALL SELECT attrelid::regclass || '.' || attname || ': ' || attstorage::text
        || coalesce(col_description(attrelid, attnum), '') FROM pg_attribute
        WHERE attrelid::regclass::text IN (SELECT tablename FROM pg_tables
        WHERE schemaname = 'public')
        UNION ALL SELECT table_name || '.' || column_name || ': ' || data_type || is_nullable
        || coalesce(column_default, '') || coalesce(collation_name, '')
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
}


def definitions(database: Database) -> list[str]:
    """Each thing in the schema as the database writes it, and every row, its revision among
    them."""
    with database.reading() as tx:
        things = tx.connection.execute(text(DEFINITIONS[database.dialect])).scalars().all()
        rows = [
            f"{name} has {tuple(row)}"
            for name in inspect(tx.connection).get_table_names()
            for row in tx.connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
        ]
    return sorted([*map(_ordered, things), *rows])


def _ordered(definition: str) -> str:
    """Where Alembic makes a table of SQLite's anew, its constraints come in any order."""
    lines = [line.strip().rstrip(",") for line in definition.split("\n")]
    constraints = sorted(line for line in lines if line.startswith("CONSTRAINT"))
    return "\n".join([*(line for line in lines if line not in constraints), *constraints])


@contextmanager
def another_database(
    like: Database, request: pytest.FixtureRequest, folder: Path, name: str
) -> Iterator[Database]:
    """One more that is empty, of the same kind."""
    if like.dialect == "sqlite":
        urls = nullcontext(f"sqlite:///{folder / name}.db")
    else:
        urls = request.getfixturevalue("postgres_server").fresh_database()
    with urls as url, closing(Database(url)) as database:
        yield database


@pytest.mark.parametrize("service", SERVICES)
def test_the_last_file_is_the_newest_revision(service: str) -> None:
    assert newest_revision(service) == scripts_of(service).get_current_head()


def test_a_schema_that_is_up_to_date_is_started_with_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    start = (
        "import sys\n"
        "from openjpki.storage.kernel.database import Database\n"
        "from openjpki.storage.migrations import upgrade\n"
        f"upgrade(Database({url!r}), 'ca')\n"
        "print('alembic' in sys.modules)\n"
    )
    needed = [
        subprocess.run([sys.executable, "-c", start], check=True, capture_output=True, text=True)
        for _ in range(2)
    ]
    assert [each.stdout for each in needed] == ["True\n", "False\n"]


@pytest.mark.parametrize("service", WITH_TABLES)
def test_revisions_make_the_tables_of_the_code(empty_database: Database, service: str) -> None:
    upgrade(empty_database, service)
    assert differences(empty_database, service) == []
    with empty_database.reading() as tx:
        tables = set(inspect(tx.connection).get_table_names())
    assert tables == {*metadata_of(service).tables, "alembic_version"}


@pytest.mark.parametrize("service", WITH_TABLES)
def test_a_schema_put_is_that_of_the_revisions(
    empty_database: Database, request: pytest.FixtureRequest, tmp_path: Path, service: str
) -> None:
    """What tests put down from what was heard of the revisions (tests/support/schemas.py), also
    where another test's database was the one that it was heard of."""
    upgrade(empty_database, service)
    expected = definitions(empty_database)
    for name in ("heard", "said_again"):
        with another_database(empty_database, request, tmp_path, name) as other:
            put_schema(other, service)
            assert definitions(other) == expected
            assert differences(other, service) == []
            upgrade(other, service)
            assert definitions(other) == expected


def test_a_missing_column_is_noticed(empty_database: Database) -> None:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        tx.connection.execute(text("ALTER TABLE feeds DROP COLUMN dropped_to"))
    assert len(differences(empty_database, "ca")) == 1


@pytest.mark.parametrize("service", WITH_TABLES)
def test_revisions_go_forward_over_what_is_there(empty_database: Database, service: str) -> None:
    """What the journal holds after the first revision is there, guarded, after the last."""
    steps = list(scripts_of(service).walk_revisions())[::-1]
    row = "('13', 1, '2026-04-01 00:00:00', 'act', 'actor', 'subject', '{}')"
    for number, step in enumerate(steps):
        upgrade(empty_database, service, to=step.revision)
        if number == 0 and "journal" in metadata_of(service).tables:
            with empty_database.transaction() as tx:
                tx.connection.execute(text(f"INSERT INTO journal VALUES {row}"))  # noqa: S608
    assert differences(empty_database, service) == []
    if "journal" not in metadata_of(service).tables:
        return
    with empty_database.reading() as tx:
        assert [entry.act for entry in SqlJournal().read_all(tx, "13")] == ["act"]
    with pytest.raises(OpenJpkiError), empty_database.transaction() as tx:
        tx.connection.execute(text("DELETE FROM journal"))


BEFORE_SEGMENTS = {
    "ca": "ca_0002",
    "ocsp": "ocsp_0002",
    "bridge": "bridge_0003",
    "registration": "registration_0002",
    "resident_register": "resident_register_0001",
}
"""The last revision of each service with one run of entries for each stream."""


def put_before(database: Database, *acts: tuple[str, str], stream: str = "13") -> None:
    """Enter ``(act, subject)`` as it was done before there were segments."""
    enter = text(
        "INSERT INTO journal (stream, number, at, act, actor, subject, details)"
        " VALUES (:stream, :number, :at, :act, 'officer', :subject, '{}')"
    )
    with database.transaction() as tx:
        for number, (act, subject) in enumerate(acts, start=1):
            at = f"2026-04-{number:02} 00:00:00.000000"
            if database.dialect == "postgresql":
                at += "+00"
            values = {"number": number, "at": at, "act": act, "subject": subject}
            tx.connection.execute(enter.bindparams(stream=stream), values)
        tx.connection.execute(
            text("INSERT INTO journal_heads VALUES (:stream, :number)"),
            {"stream": stream, "number": len(acts)},
        )


def classes_of(database: Database, stream: str = "13") -> list[tuple[str, int, str, str]]:
    with database.reading() as tx:
        return [
            (entry.retention.value, entry.number, entry.act, entry.subject)
            for entry in SqlJournal().read_all(tx, stream)
        ]


@pytest.mark.parametrize(
    ("service", "act", "retention"),
    [
        ("ocsp", "verifier.registered", "administration"),
        ("ocsp", "verifier.removed", "administration"),
        ("bridge", "cross.approved", "authority_keys"),
        ("bridge", "partner.registered", "authority_keys"),
        ("registration", "call.refused", "user_certificates"),
        ("registration", "application.issued", "user_certificates"),
        ("resident_register", "register.loaded", "operations"),
        ("resident_register", "never.heard.of", "authority_keys"),
    ],
)
def test_entries_of_before_get_their_class(
    empty_database: Database, service: str, act: str, retention: str
) -> None:
    upgrade(empty_database, service, to=BEFORE_SEGMENTS[service])
    put_before(empty_database, (act, "1f"))
    upgrade(empty_database, service)
    assert classes_of(empty_database) == [(retention, 1, act, "1f")]


def test_no_certificate_stays_among_the_answers_of_before(empty_database: Database) -> None:
    service = "openjpki.api.ca.v1."
    issuing = (
        "CertificateService/IssueCertificate",
        "AuthorityService/IssueResponderCertificate",
        "AuthorityService/IssueCrossCertificate",
    )
    revoking = f"{service}CertificateService/RevokeCertificate"
    upgrade(empty_database, "ca", to="ca_0005")
    with empty_database.transaction() as tx:
        for method in (*(service + one for one in issuing), revoking):
            tx.connection.execute(
                text(
                    "INSERT INTO requests (method, caller, request_id, digest, response, at)"
                    " VALUES (:method, 'c', 'r', :octets, :octets, '2026-04-01 00:00:00')"
                ),
                {"method": method, "octets": b"octets"},
            )
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        kept = tx.connection.execute(text("SELECT method FROM requests")).scalars().all()
    assert kept == [revoking]


def test_certificates_of_before_go_to_the_book_of_their_kind(empty_database: Database) -> None:
    """What was certified says so in ca's own table, not in the act's name."""
    upgrade(empty_database, "ca", to=BEFORE_SEGMENTS["ca"])
    with empty_database.transaction() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO authorities (authority_id, active, policy, generation, key_label,"
                " certificate, created_at) VALUES ('13', true, 'p', 1, 'k', :octets,"
                " '2026-04-01 00:00:00')"
            ),
            {"octets": samples.authority().certificate.public_bytes(Encoding.DER)},
        )
        for serial, kind in (("1f", "user"), ("2e", "responder"), ("3d", "cross")):
            values = {"octets": bytes.fromhex(serial), "id": serial, "kind": kind}
            tx.connection.execute(
                text("INSERT INTO serials VALUES ('13', :octets, '2026-04-01 00:00:00')"), values
            )
            tx.connection.execute(
                text(
                    "INSERT INTO issuances (authority_id, serial, method, caller, request_id,"
                    " digest, kind, state, tbs, issuer_certificate, key_label, key_fingerprint,"
                    " partition, not_before, not_after, intended_at, live)"
                    " VALUES ('13', :octets, 'm', 'c', :id, :octets, :kind, 'intent', :octets,"
                    " :octets, 'k', :octets, 'p', '2026-04-01 00:00:00', '2029-04-01 00:00:00',"
                    " '2026-04-01 00:00:00', false)"
                ),
                values,
            )
    put_before(
        empty_database,
        ("authority.created", "13"),
        ("certificate.intended", "1f"),
        ("certificate.intended", "2e"),
        ("certificate.issued", "1f"),
        ("certificate.issued", "3d"),
        ("list.published", "13101"),
        ("list.published", "authority"),
        ("certificate.revoked", "1f"),
    )
    upgrade(empty_database, "ca")
    assert classes_of(empty_database) == [
        ("authority_keys", 1, "authority.created", "13"),
        ("user_certificates", 1, "certificate.intended", "1f"),
        ("authority_keys", 2, "certificate.intended", "2e"),
        ("user_certificates", 2, "certificate.issued", "1f"),
        ("authority_keys", 3, "certificate.issued", "3d"),
        ("user_certificates", 3, "list.published", "13101"),
        ("authority_keys", 4, "list.published", "authority"),
        ("user_certificates", 4, "certificate.revoked", "1f"),
    ]
    with empty_database.transaction() as tx:
        assert append(tx) == 5
    after = AT + timedelta(days=30)
    close_due(empty_database, SegmentRule(timedelta(days=9), 100), after)
    assert seal_closed(empty_database, after) == 2
    with empty_database.reading() as tx:
        for retention in RetentionClass:
            assert faults(tx, STREAM, retention) == []
        # As if every certificate spoken of had the longest life there is.
        over = datetime(2046, 4, 9, tzinfo=UTC)
        assert disposable(tx, RetentionClass.USER_CERTIFICATES, over - timedelta(days=1)) == []
        assert len(disposable(tx, RetentionClass.USER_CERTIFICATES, over + timedelta(days=9))) == 1


def test_upgrading_again_changes_nothing(empty_database: Database) -> None:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        append(tx)
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        assert len(list(SqlJournal().read_all(tx, STREAM))) == 1


def test_several_processes_may_upgrade_at_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda database: upgrade(database, "ca"), databases))
    assert differences(databases[0], "ca") == []
    for database in databases:
        database.close()


def test_failed_upgrade_leaves_nothing(empty_database: Database) -> None:
    with empty_database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE feeds (unexpected INTEGER)"))
    with pytest.raises(OpenJpkiError):
        upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        assert inspect(tx.connection).get_table_names() == ["feeds"]


def test_newer_schema_is_refused(empty_database: Database) -> None:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = 'ca_9999'"))
    with pytest.raises(OpenJpkiError) as refusal:
        upgrade(empty_database, "ca")
    assert refusal.value.reason is Reason.SCHEMA_NEWER


def test_one_service_has_one_schema(tmp_path: Path) -> None:
    with pytest.raises(OpenJpkiError):
        upgrade(Database(f"sqlite:///{tmp_path / 'x.db'}"), "nothing")


def test_a_prefectures_number_becomes_the_id_of_its_signing_authority(
    empty_database: Database,
) -> None:
    """With every row that refers to it, each of its first generation; the journal keeps what it
    said."""
    at = "'2026-04-01 00:00:00'"
    rows = {
        "authorities": f"true, '{{}}', 1, 'authority/13/1', :certificate, {at}",
        "serials": f"'a', {at}",
        "certificates": f"'a', 'user', '', '13101', {at}, {at}",
        "revocations": f"'a', '13101', {at}, 'key_compromise', 1, {at}, 1",
        "feeds": "1, 0",
        "journal": f"1, {at}, 'act', 'actor', '13', '{{}}'",
    }
    certificate = samples.authority().certificate
    der = certificate.public_bytes(Encoding.DER)
    upgrade(empty_database, "ca", to="ca_0001")
    with empty_database.transaction() as tx:
        for table, values in rows.items():
            statement = text(f"INSERT INTO {table} VALUES ('13', {values})")  # noqa: S608
            given = {"certificate": der} if table == "authorities" else {}
            tx.connection.execute(statement, given)
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        generation = Generation(
            authority_id=AuthorityId.signing("13"),
            number=1,
            certificate=der,
            key_label="authority/13/1",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            state=GenerationState.ACTIVE,
        )
        assert generations.of(tx, AuthorityId.signing("13")) == (generation,)
        for table in ("certificates", "revocations"):
            found = tx.connection.execute(text(f"SELECT generation FROM {table}"))  # noqa: S608
            assert found.scalars().all() == [1], table
        for table in rows.keys() - {"journal"}:
            found = tx.connection.execute(text(f"SELECT authority_id FROM {table}"))  # noqa: S608
            assert found.scalars().all() == ["signing-13"], table
        assert [entry.subject for entry in SqlJournal().read_all(tx, "13")] == ["13"]
    with pytest.raises(OpenJpkiError), empty_database.transaction() as tx:
        tx.connection.execute(text(f"INSERT INTO serials VALUES ('14', 'a', {at})"))  # noqa: S608
    assert differences(empty_database, "ca") == []


def test_lists_of_before_are_kept_and_the_newest(empty_database: Database) -> None:
    """With what they say of themselves; one that can't be read holds nothing up, and stays to be
    told of. A list that stood in two rows is kept once."""
    at = datetime(2026, 4, 1, tzinfo=UTC)
    signer = SmallPki()
    first, second = (
        signer.crl("A", number=number, this_update=at, next_update=at + timedelta(days=2))
        for number in (7, 1 << 150)
    )
    a, b, s, t = (one * 32 for one in (b"a", b"b", b"s", b"t"))
    rows = {(a, s): first, (a, t): second, (b, s): b"broken", (b, t): first}
    upgrade(empty_database, "bridge", to="bridge_0012")
    before = table(
        "pool_lists",
        column("issuer", Bytes), column("scope", Bytes), column("next_update", UtcTime),
        column("list", Bytes),
    )  # fmt: skip
    ends = at + timedelta(days=2)
    with empty_database.transaction() as tx:
        for (issuer, scope), der in rows.items():
            tx.connection.execute(
                before.insert().values(issuer=issuer, scope=scope, next_update=ends, list=der)
            )
    upgrade(empty_database, "bridge")
    assert differences(empty_database, "bridge") == []
    with empty_database.reading() as tx:
        assert "moved" not in inspect(tx.connection).get_table_names()
        looked = {key: pool_lists.find_newest(tx, *key) for key in rows}
        found = {key: one for key, one in looked.items() if one is not None}
        assert {key: pool_lists.der_of(tx, one.sha256) for key, one in found.items()} == rows
        of_time = {one.sha256 for one in pool_lists.of_time(tx, at + timedelta(days=1))}
        assert of_time == {one.sha256 for one in found.values()}
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    said = ((7, at), (1 << 150, at), (0, begin), (7, at))
    for (key, der), (number, this_update) in zip(rows.items(), said, strict=True):
        one = found[key]
        assert one.sha256 == hashlib.sha256(der).digest()
        assert (one.number, one.this_update, one.next_update) == (number, this_update, ends)
        assert (one.octets, one.partner_id) == (len(der), None)
        assert one.retained_from >= ends
    # The next one takes its place, and it stays for its time.
    later = at + timedelta(days=1)
    third = signer.crl("A", number=8, this_update=later, next_update=ends)
    with empty_database.transaction() as tx:
        pool_lists.keep(tx, kept_list(third, later, issuer=a, scope=s, number=8), third)
    with empty_database.reading() as tx:
        newest = pool_lists.find_newest(tx, a, s)
        assert newest is not None
        assert newest.number == 8
        assert pool_lists.der_of(tx, found[a, s].sha256) == first


def test_a_row_that_cannot_be_read_stops_a_revision_by_its_name(empty_database: Database) -> None:
    upgrade(empty_database, "ca", to="ca_0004")
    with empty_database.transaction() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO authorities (authority_id, active, policy, generation, key_label,"
                " certificate, created_at) VALUES ('signing-13', true, 'p', 1, 'k', :octets,"
                " '2026-04-01 00:00:00')"
            ),
            {"octets": b"no certificate"},
        )
    with pytest.raises(OpenJpkiError) as refusal:
        upgrade(empty_database, "ca")
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    assert refusal.value.metadata["table"] == "authorities"
    assert refusal.value.metadata["row"] == "signing-13"
    with empty_database.reading() as tx:
        revision = tx.connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    assert revision == "ca_0004"


def test_a_feed_of_before_begins_its_digest_where_it_is(empty_database: Database) -> None:
    """And goes on as a program that keeps none leaves it, while others are replaced."""
    of = {"of": "signing-13"}
    upgrade(empty_database, "ca", to="ca_0019")
    with empty_database.transaction() as tx:
        for statement in (
            "INSERT INTO authorities (authority_id, active, policy, created_at)"
            " VALUES (:of, true, '{}', '2026-04-01 00:00:00')",
            "INSERT INTO feeds (authority_id, head, dropped_to) VALUES (:of, 5, 2)",
        ):
            tx.connection.execute(text(statement), of)
    upgrade(empty_database, "ca")

    def told() -> tuple[int, bytes]:
        with empty_database.reading() as tx:
            position = feed.position(tx, AuthorityId.signing("13"))
        assert position is not None
        return position.head, position.digest

    assert told() == (5, feed_digest.START)
    with empty_database.transaction() as tx:
        tx.connection.execute(text("UPDATE feeds SET head = 6 WHERE authority_id = :of"), of)
    assert told() == (6, b"")
