"""Of a transaction that failed the first cause is told, and nothing of it is left to whoever gets
its connection next."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.connecting import Session
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.tables import journal
from openjpki.storage.kernel.unreadable import rows_of
from openjpki.storage.migrations import upgrade
from tests.support.captured_logs import refused_and_logged
from tests.support.kept_rows import database, rows, write
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Reading, Transaction

__all__ = ["database", "postgres_server", "postgres_url"]

# What a statement_timeout that strikes leaves behind: a statement was begun, and is cancelled.
CANCELLED = "SET LOCAL statement_timeout = 20; SELECT pg_sleep(60)"


def fail(tx: Reading) -> None:
    """As code would that goes on after a failure."""
    with suppress(DBAPIError):
        tx.connection.execute(text("SELECT 1 / 0 FROM kept"))


def process(tx: Reading) -> int:
    found: int = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return found


def cancel(session: Session) -> None:
    session.execute(CANCELLED)


def break_off(_: Session) -> None:
    raise psycopg.OperationalError


def once(monkeypatch: pytest.MonkeyPatch, method: str, how: Callable[[Session], None]) -> None:
    """Where the session would end its transaction, ``how`` comes in between, one time."""

    def instead(session: Session) -> None:
        monkeypatch.undo()
        how(session)

    monkeypatch.setattr(Session, method, instead)


@pytest.mark.parametrize("how", [cancel, break_off], ids=["cancelled", "never sent"])
def test_a_commit_that_did_not_come_about_leaves_nothing_to_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch, how: Callable[[Session], None]
) -> None:
    """A COMMIT that is cancelled before it has begun leaves the transaction where it was: failed,
    so that the next one's beginning fails too; or open, so that the next one commits it."""
    processes = []

    def work(tx: Transaction) -> None:
        processes.append(process(tx))
        write(tx)

    once(monkeypatch, "commit", how)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(work)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    assert rows(database) == 0
    database.run(work)
    assert rows(database) == 1
    # The connection is as good as before.
    assert processes[0] == processes[1]


def test_a_transaction_that_failed_is_not_said_to_be_committed(database: Database) -> None:
    """PostgreSQL answers COMMIT with ROLLBACK then, which no driver takes for a failure."""
    told = []

    def work(tx: Transaction) -> None:
        tx.after_commit(lambda: told.append(1))
        write(tx)
        fail(tx)

    refusal, log = refused_and_logged(lambda: database.run(work))
    assert refusal.reason is Reason.INTERNAL
    assert "refused (22012)" in log
    assert told == []
    assert rows(database) == 0


def test_of_two_failures_the_first_is_told(database: Database) -> None:
    def work(tx: Transaction) -> None:
        fail(tx)
        write(tx)

    refusal, log = refused_and_logged(lambda: database.run(work))
    assert refusal.metadata["code"] == "22012"
    assert "25P02" not in log
    # Which is of that transaction alone.
    refusal, log = refused_and_logged(
        lambda: database.ask(lambda tx: tx.connection.execute(text("SELECT 1 FROM gone")))
    )
    assert refusal.metadata["code"] == "42P01"


def test_the_end_of_rows_that_come_in_portions_is_a_statement_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever closes it goes on when it fails: the next statement is told why."""
    upgrade(database, "ca")

    def close(cursor: psycopg.ServerCursor[object]) -> None:
        monkeypatch.undo()
        cursor.connection.execute(CANCELLED)

    def look() -> None:
        with database.reading() as tx:
            monkeypatch.setattr(psycopg.ServerCursor, "close", close)
            assert list(rows_of(tx, select(journal), at_once=10)) == []
            tx.connection.execute(text("SELECT count(*) FROM kept"))

    refusal, log = refused_and_logged(look)
    assert refusal.reason is Reason.SERVICE_UNAVAILABLE
    assert "slow (57014) kept" in log


def test_a_refusal_is_told_though_its_transaction_could_not_be_undone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(tx: Transaction) -> None:
        write(tx)
        raise OpenJpkiError(Reason.ALREADY_REVOKED, "is revoked", field="serial")

    once(monkeypatch, "rollback", cancel)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(work)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
    assert rows(database) == 0
    database.run(write)
    assert rows(database) == 1


def test_a_commit_that_sqlite_refuses_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """As of a key that has nothing to refer to by then: the transaction stays open."""
    database = Database(f"sqlite:///{tmp_path / 'ca.db'}")
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE whole (number INTEGER PRIMARY KEY)"))
        tx.connection.execute(
            text(
                "CREATE TABLE part (number INTEGER REFERENCES whole DEFERRABLE INITIALLY DEFERRED)"
            )
        )

    def insert(tx: Transaction) -> None:
        tx.connection.execute(text("INSERT INTO part VALUES (1)"))

    for _ in range(2):
        refusal, log = refused_and_logged(lambda: database.run(insert))
        assert refusal.reason is Reason.INTERNAL
        assert "SQLITE_CONSTRAINT_FOREIGNKEY" in log
    with database.reading() as view:
        assert view.connection.execute(text("SELECT count(*) FROM part")).scalar_one() == 0
    database.close()
