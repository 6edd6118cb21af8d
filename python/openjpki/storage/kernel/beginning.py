"""How a transaction begins: by one message to the database, which says what it is for.

SQLAlchemy leaves the beginning to the driver, and the driver to the first statement. Here it comes
first and by itself, so that a connection that was lost shows before anything was done in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, cast

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import PoolProxiedConnection

    from openjpki.storage.kernel.connecting import Connecting, Session


MARK = "openjpki.session"
"""A setting of PostgreSQL's that each session is begun with, and nothing else has."""


class Mode(Enum):
    """What a transaction is for."""

    READS = "reads"
    WRITES = "writes"
    ASKS = "asks"
    """One statement, which PostgreSQL carries out by itself as it would in a transaction."""


class Turn(Enum):
    """How a transaction stands to the others of its database for which it matters whose signature
    counts. It waits for its turn before it has any other lock, and has it until it ends: so nobody
    waits in a circle.

    The value is PostgreSQL's function, whose waiting line is in order: who changes something is not
    kept waiting by those who come after. SQLite has one writer at a time anyway.
    """

    COUNTS = "pg_advisory_xact_lock_shared"
    """It rests on what officers signed; beside others that do."""
    CHANGES = "pg_advisory_xact_lock"
    """It ends that an officer's signatures count; beside nobody. Those who counted them have ended
    before, those who come after see it."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the next transaction of a connection is for."""

    mode: Mode = Mode.WRITES
    opening: str | None = None
    """A query that PostgreSQL gets together with the beginning, which saves the way there and
    back."""
    turn: Turn | None = None
    """Waited for together with the beginning, before the query."""


# Any fixed number, other than that of migrations: no other program's advisory lock is met.
_TURNS = 0x4F4A_504C
_NEXT, _FOUND = "openjpki_next", "openjpki_found"
_WRITING = Beginning()

_POSTGRESQL = {
    # Who reads holds no lock that others wait for, and may read for a slow listener.
    Mode.READS: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
    " SET LOCAL idle_in_transaction_session_timeout = 60000",
    Mode.WRITES: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
}
_SQLITE = {
    Mode.READS: ("PRAGMA query_only = ON", "BEGIN"),
    # IMMEDIATE takes the write lock first: a transaction that reads and then writes can't find that
    # somebody wrote in between.
    Mode.WRITES: ("PRAGMA query_only = OFF", "BEGIN IMMEDIATE"),
}
_SQLITE[Mode.ASKS] = _SQLITE[Mode.READS]


def begin(connection: Connection, beginning: Beginning) -> None:
    """Begin a transaction like that."""
    connection.info[_NEXT] = beginning
    connection.begin()


def found(connection: Connection) -> bool:
    """Whether the query that the transaction began with found a row."""
    return bool(connection.info.get(_FOUND))


def _next(connection: PoolProxiedConnection) -> Beginning:
    """Who says nothing, as a migration does, writes."""
    beginning: Beginning = connection.info.pop(_NEXT, _WRITING)
    return beginning


class Postgresql(PGDialect_psycopg):
    """psycopg's connections, which are in autocommit: see
    :mod:`openjpki.storage.kernel.connecting`."""

    supports_statement_cache = True

    def connect(self, *cargs: Any, **cparams: Any) -> DBAPIConnection:
        """As :meth:`openjpki.storage.kernel.connecting.Connecting.connect`."""
        return cast("DBAPIConnection", self._connecting.connect(*cargs, **cparams))

    @cached_property
    def _connecting(self) -> Connecting:
        # Only now: whoever keeps to SQLite loads no driver of PostgreSQL.
        from openjpki.storage.kernel.connecting import Connecting  # noqa: PLC0415

        return Connecting(MARK)

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """Without a statement of SQLAlchemy's, which takes five times as long."""
        beginning = _next(dbapi_connection)
        if beginning.mode is Mode.ASKS:
            return
        message = _POSTGRESQL[beginning.mode]
        if beginning.turn is not None:
            message = f"{message}; SELECT {beginning.turn.value}({_TURNS})"
        if beginning.opening is not None:
            message = f"{message}; {beginning.opening}"
        session = cast("Session", dbapi_connection.dbapi_connection)
        has_row = session.begin(message)
        dbapi_connection.info[_FOUND] = beginning.opening is not None and has_row


class Sqlite(SQLiteDialect_pysqlite):
    """pysqlite's connections, which begin nothing by themselves."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """See :data:`_SQLITE`."""
        cursor = dbapi_connection.cursor()
        try:
            for statement in _SQLITE[_next(dbapi_connection).mode]:
                cursor.execute(statement)
        finally:
            cursor.close()


POSTGRESQL, SQLITE = "postgresql+openjpki", "sqlite+openjpki"
"""What an engine's URL begins with, so that its transactions begin like this."""

for _name, _dialect in ((POSTGRESQL, Postgresql), (SQLITE, Sqlite)):
    registry.register(_name.replace("+", "."), __name__, _dialect.__name__)
