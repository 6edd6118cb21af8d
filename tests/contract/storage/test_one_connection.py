"""One connection for a piece of work: taken once, and never one that something failed on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from tests.support.kept_rows import database, rows, write
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.kernel.transaction import Reading, Transaction

__all__ = ["database", "postgres_server", "postgres_url"]


@pytest.fixture
def few(database: Database) -> Iterator[Database]:
    """The same database, by two connections at most, and no waiting for a third."""
    url = database._engine.url.render_as_string(hide_password=False)
    few = Database(url, DatabaseOptions(pool_size=2, pool_timeout=0.5))
    yield few
    few.close()


def takings(database: Database) -> list[object]:
    """One element more each time that a connection is taken from the pool."""
    taken: list[object] = []
    event.listen(database._engine, "checkout", lambda *told: taken.append(told[0]))
    return taken


def process(tx: Reading) -> int:
    """Of the server's, which serves this connection alone."""
    found: int = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return found


def end(database: Database, process: int) -> None:
    """As an administrator would."""
    ending = text("SELECT pg_terminate_backend(:process, 5000)")
    with database.transaction() as tx:
        assert tx.connection.execute(ending, {"process": process}).scalar_one()


def failing(tx: Transaction) -> None:
    write(tx)
    raise ZeroDivisionError


def test_it_is_taken_once_and_given_back_at_the_end(few: Database) -> None:
    taken = takings(few)
    with few.with_one_connection():
        assert few.connections == 0
        asked = few.ask(process)
        few.run(write)
        with few.reading() as tx:
            assert process(tx) == asked
        with few.with_one_connection():
            assert few.ask(process) == asked
        assert few.connections == 1
    assert (len(taken), few.connections) == (1, 0)
    few.run(write)
    assert (len(taken), rows(few)) == (2, 2)


def test_whoever_asks_in_the_middle_of_a_transaction_gets_another(few: Database) -> None:
    with few.with_one_connection():
        with few.transaction() as tx:
            write(tx)
            assert few.ask(process) != process(tx)
            assert rows(few) == 0
        assert rows(few) == 1
    assert few.connections == 0


def test_each_thread_has_its_own(few: Database) -> None:
    with few.with_one_connection(), ThreadPoolExecutor(1) as other:
        mine = few.ask(process)
        assert other.submit(few.ask, process).result(60) != mine
        assert few.connections == 1


def test_what_failed_is_undone_and_another_is_taken(few: Database) -> None:
    taken = takings(few)
    with few.with_one_connection():
        few.run(write)
        with pytest.raises(ZeroDivisionError):
            few.run(failing)
        assert few.connections == 0
        few.run(write)
    assert (len(taken), rows(few), few.connections) == (2, 2, 0)


def test_work_that_fails_gives_it_back(few: Database) -> None:
    def work() -> None:
        with few.with_one_connection():
            few.run(write)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert few.connections == 0


def test_one_that_was_lost_between_transactions_is_not_noticed(
    few: Database, database: Database
) -> None:
    with few.with_one_connection():
        for work in (few.run, few.ask):
            mine = few.ask(process)
            end(database, mine)
            assert work(process) != mine
        mine = few.ask(process)

        def lost(tx: Transaction) -> None:
            write(tx)
            end(database, mine)
            write(tx)

        with pytest.raises(OpenJpkiError) as refusal:
            few.run(lost)
        assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
        few.run(write)
    assert (rows(few), few.connections) == (1, 0)
