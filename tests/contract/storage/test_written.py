"""Statements that are written out once, which go to PostgreSQL past SQLAlchemy."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, bindparam, func, insert, select, text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.connecting import Session
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.written import Written
from tests.support.ca_rows import AT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.kernel.transaction import Transaction
    from tests.support.postgres import PostgresServer

_KEPT = Table(
    "kept", MetaData(), Column("number", Integer, primary_key=True), Column("at", UtcTime)
)
_KEEP = Written(insert(_KEPT).values(number=bindparam("given"), at=AT).returning(_KEPT.c.number))
_FIND = Written(select(_KEPT).where(_KEPT.c.number == bindparam("given")))
_SESSION = Written(select(func.pg_backend_pid().label("session")))


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(Database(url)) as database:
        with database.transaction() as tx:
            _KEPT.metadata.create_all(tx.connection)
        yield database


@pytest.fixture
def beside(url: str) -> Iterator[Database]:
    """The same, by connections of its own."""
    with closing(Database(url)) as beside:
        yield beside


def test_values_are_written_and_read_as_their_types_say(database: Database) -> None:
    with database.transaction() as tx:
        assert [one.number for one in _KEEP.rows(tx, {"given": 1})] == [1]
    (row,) = database.ask(lambda tx: _FIND.rows(tx, {"given": 1}))
    assert (row.number, row.at) == (1, AT)
    assert row.at.tzinfo is AT.tzinfo
    assert database.ask(lambda tx: _FIND.rows(tx, {"given": 2})) == []


def test_a_failure_is_told_as_any_other(database: Database) -> None:
    def twice(tx: Transaction) -> None:
        _KEEP.rows(tx, {"given": 1})
        _KEEP.rows(tx, {"given": 1})

    with pytest.raises(OpenJpkiError) as refused, database.transaction() as tx:
        twice(tx)
    assert refused.value.reason is Reason.CONFLICTING_CHANGE
    # What failed once says nothing of what comes after.
    with database.transaction() as tx:
        _KEEP.rows(tx, {"given": 1})


def test_what_failed_and_nobody_was_told_of_ends_with_its_transaction(url: str) -> None:
    """As where whoever was to tell SQLAlchemy was interrupted: the connection's next user is not
    told of it."""
    with closing(Session.connect(url.replace("+psycopg", ""), autocommit=True)) as session:
        for over in (session.rollback, session.end):
            with pytest.raises(psycopg.DataError):
                session.fetch("SELECT 1 / 0", [])
            assert session.failing
            over()
            assert not session.failing
            assert session.cursor().execute("SELECT 1").fetchone() == (1,)


def test_what_was_prepared_is_prepared_again_once_the_driver_has_forgotten_it(url: str) -> None:
    with closing(Session.connect(url.replace("+psycopg", ""), autocommit=True)) as session:
        for number in range(2):
            assert session.fetch("SELECT $1::int", [number]) == [(number,)]
            # The driver prepares it too, and has the server forget all with what is rolled back.
            for _ in range(10):
                session.execute("SELECT 2")
            session.begin("BEGIN")
            session.rollback()


@pytest.mark.parametrize("changed", ["ALTER TABLE kept ADD COLUMN more INTEGER", "DROP TABLE kept"])
def test_what_changes_the_schema_has_it_prepared_again(database: Database, changed: str) -> None:
    """The driver has the server forget all then, of its own and of what is written out."""

    def change(tx: Transaction) -> None:
        for _ in range(10):
            tx.connection.execute(select(func.now()))
        tx.connection.execute(text(changed))
        _SESSION.rows(tx, {})

    before = database.ask(lambda tx: _SESSION.rows(tx, {}))
    database.run(change)
    assert database.ask(lambda tx: _SESSION.rows(tx, {})) == before


def test_as_many_statements_as_there_are_find_their_rows(url: str) -> None:
    with closing(Session.connect(url.replace("+psycopg", ""), autocommit=True)) as session:
        for _ in range(2):
            for number in range(110):
                found = session.fetch(f"SELECT $1::int + {number}, $2::text", [1, None])
                assert found == [(1 + number, None)]
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'written%'"
        assert session.execute(prepared).fetchone() == (100,)


def test_a_lost_connection_is_one_in_the_middle_and_costs_a_question_nothing(
    database: Database, beside: Database
) -> None:
    def end(session: int) -> None:
        with beside.transaction() as tx:
            tx.connection.execute(select(func.pg_terminate_backend(session, 5000)))

    def kept_when_lost(tx: Transaction) -> None:
        end(_SESSION.rows(tx, {})[0].session)
        _KEEP.rows(tx, {"given": 1})

    with pytest.raises(OpenJpkiError) as refused:
        database.run(kept_when_lost)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE
    end(database.ask(lambda tx: _SESSION.rows(tx, {}))[0].session)
    assert database.ask(lambda tx: _FIND.rows(tx, {"given": 1})) == []


def test_what_is_finished_at_each_execution_is_not_written_out(database: Database) -> None:
    several = Written(select(_KEPT).where(_KEPT.c.number.in_([])))
    with database.transaction() as tx, pytest.raises(ValueError, match="written out"):
        several.rows(tx, {})
