"""Connections that stay out of the pool: nobody waits for one that nobody uses, none gets too old,
and none is kept that may be lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from openjpki.storage.kernel import kept_connections
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.kernel.kept_connections import KeptConnections
from tests.support.kept_rows import database, rows, write
from tests.support.postgres import postgres_server, postgres_url
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.storage.kernel.transaction import Reading, Transaction

__all__ = ["database", "postgres_server", "postgres_url"]


@pytest.fixture
def one(database: Database) -> Iterator[Database]:
    """The same database, by one connection at most."""
    url = database._engine.url.render_as_string(hide_password=False)
    one = Database(url, DatabaseOptions(pool_size=1))
    yield one
    one.close()


def takings(database: Database) -> list[object]:
    """One element more each time that a connection is taken from the engine's pool."""
    taken: list[object] = []
    event.listen(database._engine, "checkout", lambda *told: taken.append(told[0]))
    return taken


def process(tx: Reading) -> int:
    found: int = tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return found


def test_the_pool_is_asked_once(one: Database) -> None:
    taken = takings(one)
    for _ in range(3):
        one.run(write)
        one.ask(process)
    assert len(taken) == 1
    assert one.connections == 0
    with one.transaction():
        assert one.connections == 1


def test_what_failed_is_not_there_for_the_next(one: Database) -> None:
    def failing(tx: Transaction) -> None:
        write(tx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        one.run(failing)
    one.run(write)
    assert rows(one) == 1


def test_who_waits_at_the_pool_gets_the_one_that_is_given_back(one: Database) -> None:
    """Long before the time for which one waits there is over, though it could have been kept."""
    may_end = Event()
    connections = one._connections

    def first() -> None:
        with one.transaction() as tx:
            write(tx)
            may_end.wait(60)

    with ThreadPoolExecutor(2) as callers:
        begun = callers.submit(first)
        wait_until(lambda: one.connections == 1)
        after = callers.submit(one.run, write)
        wait_until(lambda: connections._asking == 1)
        may_end.set()
        begun.result(60)
        after.result(60)
    assert rows(one) == 2


def test_an_old_one_goes_through_the_pool(one: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_connections, "_KEPT_FOR", 0.0)
    taken = takings(one)
    for _ in range(3):
        one.run(write)
    assert len(taken) == 3


def test_one_in_use_while_others_were_lost_is_not_kept(database: Database) -> None:
    """Its own server may be another than the one that is there now."""
    kept = KeptConnections(database._engine)
    with ExitStack() as given_back:
        first, second = kept.take(), kept.take()
        given_back.callback(kept.give_back, first)
        second.connection.invalidate()
        kept.drop(second)
    assert kept._kept == []
    third = kept.take()
    kept.give_back(third)
    assert kept._kept == [third]
    kept.let_go()
    assert kept._kept == []


def test_a_file_is_asked_for_each_time(tmp_path: Path) -> None:
    """Another may be in its place."""
    database = Database(f"sqlite:///{tmp_path}/one.db")
    taken = takings(database)
    for _ in range(2):
        with database.reading() as tx:
            tx.connection.execute(text("SELECT 1"))
    assert len(taken) == 2
    database.close()
