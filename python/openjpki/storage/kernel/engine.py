"""Making SQLAlchemy engines that keep what they say they kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.as_stored import texts
from openjpki.storage.kernel.beginning import MARK, POSTGRESQL, SQLITE
from openjpki.storage.kernel.failures import (
    FAILED_TRANSACTION,
    READ_ONLY_TRANSACTION,
    STANDBY_AT_BEGIN,
)
from openjpki.storage.kernel.renewing import renew
from openjpki.storage.kernel.same_files import drop_what_only_reads, keep_to_files

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.engine import ExceptionContext

    from openjpki.storage.kernel.connecting import Session

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


_RENEWED_AFTER = 600.0
"""Seconds for which a connection is used. A name may lead to another server since; and nobody waits
for a new one but one call."""

# Whatever the role's, the database's or the server's own settings are, each session has these: by
# them values are written and read.
_SESSION = {
    "timezone": "UTC",
    "client_encoding": "UTF8",
    "datestyle": "ISO",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "default_transaction_isolation": "read\\ committed",
    "default_transaction_deferrable": "off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseOptions:
    """How many connections, and how long to wait (seconds) for one and for a lock."""

    pool_size: int = 24
    """At most so many, made when first needed and then kept: under as many calls as there are
    connections, closing one means making one, and a new one has every statement planned anew."""
    pool_timeout: float = 10.0
    lock_timeout: float = 10.0
    writes: bool = True
    """Whether a PostgreSQL server that takes no writes is refused: not of a database that is only
    read here."""
    idle_writer: float = 60.0
    """Seconds after which PostgreSQL ends the session of a process that stopped in the middle of a
    writing transaction, so that it does not hold its locks for ever."""


_CHANNEL = {
    # It waits for others for as long as they say nothing.
    "idle_session_timeout": "0",
    # Of what is only a hint nothing depends on when.
    "lock_timeout": "2000",
}
"""What the sessions of channels have beside or instead."""


def make_channels(url: str, options: DatabaseOptions) -> Engine:
    """An engine for channels of PostgreSQL's alone: without pool, so that what is lost there, or
    can't be had, costs no call its connection."""
    return _postgresql(make_url(url), options, channels=True)


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


def _sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def _sqlite(url: URL, options: DatabaseOptions) -> Engine:
    if not url.database or url.database == ":memory:":
        raise _refuse("must name a file: certificates are not kept in memory only")
    engine = _engine(url.set(drivername=SQLITE), options, {"timeout": options.lock_timeout})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        texts(connection)
        # PostgreSQL has it.
        connection.create_function("sha256", 1, _sha256, deterministic=True)
        # Transactions are begun by the dialect, not guessed by the driver.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL: in WAL mode NORMAL could lose the last commits when the power goes.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA trusted_schema = OFF")
        # Has the log be opened, or made.
        cursor.execute("SELECT count(*) FROM sqlite_master")
        cursor.close()

    @event.listens_for(engine, "reset")
    def _end(connection: Any, _entry: object, _how: object) -> None:
        # SQLAlchemy takes a transaction for ended whose commit failed; SQLite may have it still.
        if connection.in_transaction:
            connection.rollback()

    if url.query.get("uri") is None:
        drop_what_only_reads(engine, Path(url.database))
        keep_to_files(engine, Path(url.database))
    return engine


def _postgresql(url: URL, options: DatabaseOptions, *, channels: bool = False) -> Engine:
    given = url.query.get("options", "")
    session = _SESSION | {
        MARK: "on",
        "lock_timeout": str(int(options.lock_timeout * 1000)),
        "idle_in_transaction_session_timeout": str(int(options.idle_writer * 1000)),
    }
    if channels:
        session |= _CHANNEL
    settings = [given] if isinstance(given, str) else [*given]
    settings += [f"-c {name}={value}" for name, value in session.items()]
    arguments: dict[str, object] = {"options": " ".join(settings).strip()}
    if options.writes and "target_session_attrs" not in url.query:
        # Not a standby, whatever the name or address leads to at present.
        arguments["target_session_attrs"] = "read-write"
    arguments |= {name: value for name, value in _SILENCE.items() if name not in url.query}
    engine = _engine(
        url.difference_update_query(["options"]).set(drivername=POSTGRESQL),
        options,
        arguments,
        pooled=not channels,
        # See _end, which looks first whether there is anything to roll back.
        pool_reset_on_return=None,
    )

    if not channels:
        renew(engine, after=_RENEWED_AFTER)

    @event.listens_for(engine, "reset")
    def _end(session: Session, _entry: object, _how: object) -> None:
        # SQLAlchemy takes a transaction for ended whose commit failed. One that was cut short
        # before it began leaves it to whoever gets the connection next.
        session.end()

    @event.listens_for(engine, "handle_error")
    def _see_to_connection(context: ExceptionContext) -> None:
        error: Any = context.original_exception
        state = getattr(error, "sqlstate", None)
        session = _session_of(context)
        if session is not None and state == FAILED_TRANSACTION:
            # Why it did is what somebody can do something about.
            error.sqlstate = session.failed or state
        elif session is not None:
            session.note(error)
        # A connection that can't write is dead: after a failover a pool may hold some to a server
        # that is a standby now.
        # What failed without a statement of SQLAlchemy's is a beginning or an end; and no end does
        # so in this way.
        at_begin = context.statement is None
        if state == READ_ONLY_TRANSACTION or (state == STANDBY_AT_BEGIN and at_begin):
            context.is_disconnect = True

    return engine


def _session_of(context: ExceptionContext) -> Session | None:
    """Of the connection that failed, while it is one."""
    connection = context.connection
    if connection is None or connection.closed or connection.invalidated:
        return None
    return cast("Session", connection.connection.dbapi_connection)


def _engine(
    url: URL,
    options: DatabaseOptions,
    arguments: dict[str, object],
    *,
    pooled: bool = True,
    **pool: Any,
) -> Engine:
    """``pool``: more of its options."""
    if not pooled:
        pool["poolclass"] = NullPool
    else:
        pool |= {
            "pool_size": options.pool_size,
            "max_overflow": 0,
            "pool_timeout": options.pool_timeout,
        }
    return create_engine(
        url,
        connect_args=arguments,
        **pool,
        # Values of rows are personal data: they stay out of messages and logs.
        hide_parameters=True,
    )


def _refuse(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field="database_url")
