"""What a database's failure means to a caller, and what the log may say of it.

A driver's message quotes row values, which may be personal data. Its code does not: SQLSTATE on
PostgreSQL, the name of the result code on SQLite.
"""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass
from enum import Enum

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from openjpki.errors import OpenJpkiError, Reason

_log = logging.getLogger("openjpki.database")


class StorageConflictError(OpenJpkiError):
    """Another transaction was in the way; the same work, done again, may succeed."""

    def __init__(self) -> None:
        super().__init__(
            Reason.CONFLICTING_CHANGE, "another change was made at the same moment; try again"
        )


class StorageLockedError(OpenJpkiError):
    """Somebody has held a lock for as long as one is waited for."""

    def __init__(self, code: str) -> None:
        _log.warning("database failed: %s (%s)", Cause.LOCKED.value, code)
        reason, words = _WORDS[Cause.LOCKED]
        super().__init__(reason, words, code=code)


class StorageReplacedError(OpenJpkiError):
    """A file of the database is not the one that was opened."""

    def __init__(self) -> None:
        _log.warning("database failed: %s", Cause.REPLACED.value)
        reason, words = _WORDS[Cause.REPLACED]
        super().__init__(reason, words)


class Cause(Enum):
    """Why a statement failed, as far as somebody can do something about it."""

    CONFLICT = "conflict"
    LOCKED = "locked"
    AWAY = "away"
    CROWDED = "crowded"
    SHUT_OUT = "shut_out"
    SLOW = "slow"
    FULL = "full"
    READ_ONLY = "read_only"
    DAMAGED = "damaged"
    REPLACED = "replaced"
    REFUSED = "refused"


_WORDS = {
    Cause.LOCKED: (Reason.CONFLICTING_CHANGE, "somebody holds a lock of the database; try again"),
    Cause.AWAY: (Reason.SERVICE_UNAVAILABLE, "the database can't be reached; try again"),
    Cause.CROWDED: (Reason.SERVICE_UNAVAILABLE, "the database has no connection left; try again"),
    Cause.SHUT_OUT: (Reason.SERVICE_UNAVAILABLE, "the database does not let this service in"),
    Cause.SLOW: (Reason.SERVICE_UNAVAILABLE, "the database took too long; try again"),
    Cause.FULL: (Reason.SERVICE_UNAVAILABLE, "the database has no room left"),
    Cause.READ_ONLY: (Reason.SERVICE_UNAVAILABLE, "the database takes no writes"),
    # Asked again it is no better: an operator brings back a backup.
    Cause.DAMAGED: (Reason.INTERNAL, "the database is damaged"),
    Cause.REPLACED: (Reason.INTERNAL, "the database's file was removed or replaced"),
    Cause.REFUSED: (Reason.INTERNAL, "the database refused a statement"),
}

STANDBY_AT_BEGIN = "0A000"
"""PostgreSQL: what a standby answers to the beginning of a writing transaction; elsewhere it means
a feature that there is not."""
READ_ONLY_TRANSACTION = "25006"
"""PostgreSQL: what it answers to a write in a transaction that may only read."""
FAILED_TRANSACTION = "25P02"
"""PostgreSQL: what it answers where an earlier statement of the transaction has failed."""
_UNSPOKEN = "08P01"
"""PostgreSQL: its protocol was violated; so a pooler calls settings that it does not pass on."""
LOCK_TIMEOUT = "55P03"
"""PostgreSQL: a lock was waited for as long as anything is."""
NO_CONNECTION_LEFT = "53300"
"""PostgreSQL: its connections, the role's or the database's are all in use."""

# PostgreSQL: serialization failure, deadlock, unique violation. The last one is a race that a
# repository did not see coming; a second attempt reads what the other one wrote.
_STATES = {
    **dict.fromkeys(("40001", "40P01", "23505"), Cause.CONFLICT),
    LOCK_TIMEOUT: Cause.LOCKED,
    NO_CONNECTION_LEFT: Cause.CROWDED,
    "57014": Cause.SLOW,
    "53100": Cause.FULL,
    # Of a connection that was dropped for it (see :mod:`openjpki.storage.kernel.engine`).
    STANDBY_AT_BEGIN: Cause.READ_ONLY,
    READ_ONLY_TRANSACTION: Cause.READ_ONLY,
    # Of a page or an index; what a broken disk answers; a file of the cluster that is gone.
    **dict.fromkeys(("XX001", "XX002", "58030", "58P01"), Cause.DAMAGED),
}
# PostgreSQL classes: connection exception, operator intervention, insufficient resources.
_AWAY_CLASSES = ("08", "57", "53")
_NAMES = {
    "SQLITE_BUSY": Cause.LOCKED,
    "SQLITE_BUSY_SNAPSHOT": Cause.CONFLICT,
    "SQLITE_LOCKED": Cause.CONFLICT,
    "SQLITE_CONSTRAINT_UNIQUE": Cause.CONFLICT,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Cause.CONFLICT,
    "SQLITE_CANTOPEN": Cause.AWAY,
    "SQLITE_IOERR": Cause.AWAY,
    # What every reader and writer has in common could not grow: so it is on a full disk.
    "SQLITE_IOERR_SHMSIZE": Cause.FULL,
    "SQLITE_FULL": Cause.FULL,
    "SQLITE_READONLY": Cause.READ_ONLY,
    "SQLITE_PERM": Cause.READ_ONLY,
    "SQLITE_CORRUPT": Cause.DAMAGED,
    "SQLITE_NOTADB": Cause.DAMAGED,
}


_TABLES = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE) ([a-z_]+)")
_PARTS = re.compile(r"\b([a-z_]+) AS\s+\(")


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of one failure."""

    cause: Cause
    code: str
    """The driver's."""
    tables: tuple[str, ...] = ()
    """Those that the statement names. The statement is this program's, and has no values."""


def failure_of(error: SQLAlchemyError) -> Failure:
    """What a failure is, from the driver's code alone."""
    if isinstance(error, PoolTimeoutError):
        return Failure(Cause.AWAY, "no connection left in the pool")
    if not isinstance(error, DBAPIError):
        return Failure(Cause.REFUSED, type(error).__name__)
    original = error.orig
    kind = type(original).__name__
    statement = error.statement or ""
    parts = set(_PARTS.findall(statement))
    tables = tuple(name for name in dict.fromkeys(_TABLES.findall(statement)) if name not in parts)
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", None) or kind
        return Failure(_named(name), name, tables)
    state = getattr(original, "sqlstate", None)
    cause = _of_state(state, kind, lost=error.connection_invalidated)
    # Of a connection that was never made, a server that answers has its own reasons.
    if not getattr(original, "let_in", True) and (cause is Cause.REFUSED or state == _UNSPOKEN):
        cause = Cause.SHUT_OUT
    return Failure(cause, state or kind, tables)


def refusal_of(failure: Failure) -> OpenJpkiError:
    """The refusal that stands for a database's error; it holds no value of any row. Its cause is
    logged, unless it is another transaction that was in the way."""
    if failure.cause is Cause.CONFLICT:
        return StorageConflictError()
    if failure.cause is Cause.LOCKED:
        return StorageLockedError(failure.code)
    reason, words = _WORDS[failure.cause]
    of = "".join(f" {name}" for name in failure.tables)
    _log.warning("database failed: %s (%s)%s", failure.cause.value, failure.code, of)
    return OpenJpkiError(reason, words, code=failure.code)


def is_crowded(error: SQLAlchemyError) -> bool:
    """Whether no connection was made because the server had none left."""
    return failure_of(error).cause is Cause.CROWDED


def _of_state(state: str | None, kind: str, *, lost: bool) -> Cause:
    found = _STATES.get(state or "")
    if state == STANDBY_AT_BEGIN and not lost:
        return Cause.REFUSED
    if found is not None:
        return found
    # An operational error without a state is a connection that was lost or never made.
    unmade = state is None and kind == "OperationalError"
    return (
        Cause.AWAY if lost or unmade or (state or "").startswith(_AWAY_CLASSES) else Cause.REFUSED
    )


def _named(name: str) -> Cause:
    """By the longest name that it begins with: extended codes add a word to the primary one."""
    while name:
        if name in _NAMES:
            return _NAMES[name]
        name = name.rpartition("_")[0]
    return Cause.REFUSED
