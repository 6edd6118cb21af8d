"""What others do to the file of a SQLite database under a running service."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.errors import Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from tests.support.captured_logs import refused_and_logged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Transaction


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ca.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}", DatabaseOptions(lock_timeout=0.2))
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE kept (number INTEGER)"))
    yield database
    database.close()


def write(tx: Transaction) -> None:
    tx.connection.execute(text("INSERT INTO kept VALUES (1)"))


def count(database: Database) -> int:
    question = text("SELECT count(*) FROM kept")
    found: int = database.ask(lambda tx: tx.connection.execute(question).scalar_one())
    return found


@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_nothing_is_answered_once_a_file_is_gone(
    file: Path, database: Database, suffix: str
) -> None:
    database.run(write)
    file.with_name(file.name + suffix).unlink()
    for call in (lambda: database.run(write), lambda: count(database), database.check):
        refusal, log = refused_and_logged(call)
        assert refusal.reason is Reason.INTERNAL
        assert refusal.message == "the database's file was removed or replaced"
        assert "database failed: replaced" in log
    # And none was made in its place.
    assert suffix or not file.exists()


def test_nor_when_another_took_its_place(file: Path, database: Database) -> None:
    database.run(write)
    other = file.with_name("older.db")
    with sqlite3.connect(file) as raw:
        raw.execute("VACUUM INTO ?", (str(other),))
    raw.close()
    other.replace(file)
    assert refused_and_logged(lambda: database.run(write))[0].reason is Reason.INTERNAL
    assert refused_and_logged(lambda: count(database))[0].reason is Reason.INTERNAL


def test_what_was_written_while_the_file_went_is_not_answered(
    file: Path, database: Database
) -> None:
    told = []

    def work(tx: Transaction) -> None:
        write(tx)
        tx.after_commit(lambda: told.append(1))
        file.unlink()

    assert refused_and_logged(lambda: database.run(work))[0].reason is Reason.INTERNAL
    assert not told


def test_it_opens_again_when_every_connection_was_closed(database: Database) -> None:
    """The last one to be closed takes the log with it."""
    database.run(write)
    database.close()
    database.run(write)
    assert count(database) == 2


def test_another_program_with_the_lock_is_waited_for_once(file: Path, database: Database) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refusal, log = refused_and_logged(lambda: database.run(write))
    assert refusal.reason is Reason.CONFLICTING_CHANGE
    assert refusal.message == "somebody holds a lock of the database; try again"
    assert "locked (SQLITE_BUSY)" in log
    # Reading goes on.
    assert count(database) == 0
    other.execute("ROLLBACK")
    other.close()
    database.run(write)
    assert count(database) == 1


def test_a_statement_tells_its_tables_and_no_value(database: Database) -> None:
    refusal, log = refused_and_logged(
        lambda: database.ask(
            lambda tx: tx.connection.execute(text("SELECT private FROM kept JOIN gone ON 1"))
        )
    )
    assert refusal.reason is Reason.INTERNAL
    assert "refused (SQLITE_ERROR) kept gone" in log
