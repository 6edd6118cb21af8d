"""PostgreSQL goes away and comes back: what waits in the pool must not cost every caller a call."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench import postgres
from tests.support.kept_rows import database, rows, write
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction

__all__ = ["database", "postgres_server", "postgres_url"]

CALLERS = 6


def fill_pool(database: Database) -> None:
    """So many connections wait in the pool as callers come."""
    together = Barrier(CALLERS)

    def call(_: int) -> None:
        with database.transaction() as tx:
            write(tx)
            together.wait(30)

    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(call, range(CALLERS)))


def end_backends(database: Database) -> None:
    """As an administrator, or a proxy between, would end every connection but ours."""
    other = Database(database._engine.url.render_as_string(hide_password=False))
    with other.transaction() as tx:
        ended = tx.connection.execute(
            text(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    other.close()
    assert ended >= CALLERS


def test_no_caller_notices_connections_that_ended_in_the_pool(database: Database) -> None:
    fill_pool(database)
    end_backends(database)
    with ThreadPoolExecutor(CALLERS) as callers:
        list(callers.map(lambda _: database.run(write), range(CALLERS)))
    assert rows(database) == 2 * CALLERS
    fill_pool(database)
    end_backends(database)
    assert rows(database) == 3 * CALLERS
    fill_pool(database)
    end_backends(database)
    count = text("SELECT count(*) FROM kept")
    asked = database.ask(lambda tx: tx.connection.execute(count).scalar_one())
    assert asked == 4 * CALLERS


def test_a_connection_lost_in_the_middle_is_told_once(database: Database) -> None:
    """What was begun is not done again behind the caller's back."""
    fill_pool(database)
    attempts = []

    def work(tx: Transaction) -> None:
        attempts.append(1)
        write(tx)
        end_backends(database)
        write(tx)

    with pytest.raises(OpenJpkiError) as refusal:
        database.run(work)
    assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    assert len(attempts) == 1
    database.run(write)
    assert rows(database) == CALLERS + 1


def test_a_restarted_server_is_used_again() -> None:
    with postgres.running(("listen_addresses=''", "fsync=off")) as server:
        database = Database(server.url())
        with database.transaction() as tx:
            tx.connection.execute(text("CREATE TABLE kept (number INTEGER NOT NULL)"))
        fill_pool(database)
        subprocess.run(server.stop, check=True, stdout=subprocess.DEVNULL)
        for call in (lambda: database.run(write), lambda: rows(database)):
            with pytest.raises(OpenJpkiError) as refusal:
                call()
            assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
        with (server.home / "start.log").open("w") as log:
            subprocess.run(server.begin, check=True, stdout=log, stderr=log)
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(lambda _: database.run(write), range(CALLERS)))
        assert rows(database) == 2 * CALLERS
        database.close()


def test_a_server_restarted_between_two_calls_costs_none() -> None:
    with postgres.running(("listen_addresses=''", "fsync=off")) as server:
        database = Database(server.url())
        with database.transaction() as tx:
            tx.connection.execute(text("CREATE TABLE kept (number INTEGER NOT NULL)"))
        fill_pool(database)
        subprocess.run(server.stop, check=True, stdout=subprocess.DEVNULL)
        with (server.home / "start.log").open("w") as log:
            subprocess.run(server.begin, check=True, stdout=log, stderr=log)
        assert rows(database) == CALLERS
        database.run(write)
        assert rows(database) == CALLERS + 1
        database.close()


def test_a_server_that_became_a_standby_is_left(database: Database) -> None:
    """It answers, but takes no writes: the next call goes to whichever server is there then."""
    processes = []

    def read_only(tx: Transaction) -> None:
        processes.append(tx.connection.execute(text("SELECT pg_backend_pid()")).scalar_one())
        tx.connection.execute(text("SET TRANSACTION READ ONLY"))
        write(tx)

    for _ in range(2):
        with pytest.raises(OpenJpkiError) as refusal:
            database.run(read_only)
        assert refusal.value.reason is Reason.SERVICE_UNAVAILABLE
    assert processes[0] != processes[1]


def test_a_connection_left_in_a_failed_transaction_is_dropped(database: Database) -> None:
    """As by a rollback that did not come through."""
    with database._engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        pool = database._engine.pool
        reset, pool._reset_on_return = pool._reset_on_return, None
        raw.execute("BEGIN; SAVEPOINT one")
        with pytest.raises(psycopg.Error):
            raw.execute("SELECT 1 / 0")
    try:
        database.run(write)
    finally:
        pool._reset_on_return = reset
    assert rows(database) == 1
