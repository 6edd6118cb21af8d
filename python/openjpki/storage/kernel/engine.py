"""Making SQLAlchemy engines that keep what they say they kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.beginning import POSTGRESQL, SQLITE
from openjpki.storage.kernel.failures import READ_ONLY_STATES, STANDBY_AT_BEGIN

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext


# A server that is gone without a word, as a failed node is, must be noticed while a lease can still
# be taken elsewhere. Left to the operating system it takes a quarter of an hour. Seconds, and
# milliseconds for the last.
_SILENCE: dict[str, object] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 11_000,
}


_RECYCLED_AFTER = 600
"""Seconds for which a connection is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """How many connections, and how long to wait (seconds) for one and for a lock."""

    pool_size: int = 8
    pool_overflow: int = 16
    pool_timeout: float = 10.0
    lock_timeout: float = 10.0
    writes: bool = True
    """Whether a PostgreSQL server that takes no writes is refused: not of a database that is only
    read here."""
    idle_writer: float = 60.0
    """Seconds after which PostgreSQL ends the session of a process that stopped in the middle of a
    writing transaction, so that it does not hold its locks for ever."""


def make_engine(url: str, options: DatabaseOptions) -> Engine:
    """An engine for a SQLite file or a PostgreSQL server. Raises ``INVALID_FIELD``."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError:
        raise _refuse("is not a database URL") from None
    if backend == "sqlite":
        return _sqlite(parsed, options)
    if backend == "postgresql":
        return _postgresql(parsed, options)
    raise _refuse("must begin with sqlite:// or postgresql://")


def _sqlite(url: URL, options: DatabaseOptions) -> Engine:
    if not url.database or url.database == ":memory:":
        raise _refuse("must name a file: certificates are not kept in memory only")
    engine = _engine(url.set(drivername=SQLITE), options, {"timeout": options.lock_timeout})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # Transactions are begun by the dialect, not guessed by the driver.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode NORMAL could lose the last commits when the power goes.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        cursor.close()

    return engine


def _postgresql(url: URL, options: DatabaseOptions) -> Engine:
    milliseconds = int(options.lock_timeout * 1000)
    given = url.query.get("options", "")
    settings = f"{given if isinstance(given, str) else ' '.join(given)} -c timezone=UTC"
    settings += f" -c lock_timeout={milliseconds}"
    settings += f" -c idle_in_transaction_session_timeout={int(options.idle_writer * 1000)}"
    arguments: dict[str, object] = {"options": settings.strip()}
    if options.writes and "target_session_attrs" not in url.query:
        # Not a standby, whatever the name or address leads to at present.
        arguments["target_session_attrs"] = "read-write"
    arguments |= {name: value for name, value in _SILENCE.items() if name not in url.query}
    engine = _engine(
        url.difference_update_query(["options"]).set(drivername=POSTGRESQL),
        options,
        arguments,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        # Transactions are begun by the dialect, not by the driver with its first statement.
        connection.autocommit = True
        # What is carried out by itself asks; a transaction that writes says so where it begins. Not
        # in the options above: by them libpq would take the server for a standby.
        connection.execute("SET default_transaction_read_only = on")

    @event.listens_for(engine, "handle_error")
    def _read_only_server_is_lost(context: ExceptionContext) -> None:
        # A connection that can't write is dead: after a failover a pool may hold some to a server
        # that is a standby now.
        state = getattr(context.original_exception, "sqlstate", None)
        # What failed without a statement of SQLAlchemy's is a beginning or an end; and no end does
        # so in this way.
        at_begin = context.statement is None
        if state in READ_ONLY_STATES or (state == STANDBY_AT_BEGIN and at_begin):
            context.is_disconnect = True

    return engine


def _engine(url: URL, options: DatabaseOptions, arguments: dict[str, object]) -> Engine:
    return create_engine(
        url,
        connect_args=arguments,
        pool_size=options.pool_size,
        max_overflow=options.pool_overflow,
        pool_timeout=options.pool_timeout,
        # A name may lead to another server since; nobody waits for a new connection but one call.
        pool_recycle=_RECYCLED_AFTER,
        # Values of rows are personal data: they stay out of messages and logs.
        hide_parameters=True,
    )


def _refuse(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field="database_url")
