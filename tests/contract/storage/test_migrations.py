"""Schemas come out of the revisions as the code expects them, on both databases."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage import migrations
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.migrations import SERVICES, metadata_of, newest_revision, upgrade
from openjpki.storage.migrations.steps import differences

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
        assert [entry.act for entry in SqlJournal().read(tx, "13")] == ["act"]
    with pytest.raises(OpenJpkiError), empty_database.transaction() as tx:
        tx.connection.execute(text("DELETE FROM journal"))


def test_upgrading_again_changes_nothing(empty_database: Database) -> None:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        tx.connection.execute(text("INSERT INTO journal_heads VALUES ('13', 7)"))
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        assert tx.connection.execute(text("SELECT number FROM journal_heads")).scalar_one() == 7


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
    assert refusal.value.reason is Reason.INTERNAL


def test_one_service_has_one_schema(tmp_path: Path) -> None:
    with pytest.raises(OpenJpkiError):
        upgrade(Database(f"sqlite:///{tmp_path / 'x.db'}"), "nothing")


def test_a_prefectures_number_becomes_the_id_of_its_signing_authority(
    empty_database: Database,
) -> None:
    """With every row that refers to it; the journal keeps what it said."""
    at = "'2026-04-01 00:00:00'"
    rows = {
        "authorities": f"true, '{{}}', 1, 'authority/13/1', '', {at}",
        "serials": f"'a', {at}",
        "certificates": f"'a', 'user', '', '13101', {at}, {at}",
        "revocations": f"'a', '13101', {at}, 'key_compromise', 1, {at}, 1",
        "feeds": "1, 0",
        "journal": f"1, {at}, 'act', 'actor', '13', '{{}}'",
    }
    upgrade(empty_database, "ca", to="ca_0001")
    with empty_database.transaction() as tx:
        for table, values in rows.items():
            tx.connection.execute(text(f"INSERT INTO {table} VALUES ('13', {values})"))  # noqa: S608
    upgrade(empty_database, "ca")
    with empty_database.reading() as tx:
        for table in rows.keys() - {"journal"}:
            found = tx.connection.execute(text(f"SELECT authority_id FROM {table}"))  # noqa: S608
            assert found.scalars().all() == ["signing-13"], table
        assert [entry.subject for entry in SqlJournal().read(tx, "13")] == ["13"]
    with pytest.raises(OpenJpkiError), empty_database.transaction() as tx:
        tx.connection.execute(text(f"INSERT INTO serials VALUES ('14', 'a', {at})"))  # noqa: S608
    assert differences(empty_database, "ca") == []
