"""What a database's failure means to a caller, and what the log may say of it.

A driver's message quotes row values, which may be personal data. Its code does not: SQLSTATE on
PostgreSQL, the name of the result code on SQLite.
"""

from __future__ import annotations

import logging
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


class Cause(Enum):
    """Why a statement failed, as far as somebody can do something about it."""

    CONFLICT = "conflict"
    AWAY = "away"
    FULL = "full"
    READ_ONLY = "read_only"
    DAMAGED = "damaged"
    REFUSED = "refused"


_WORDS = {
    Cause.AWAY: (Reason.SERVICE_UNAVAILABLE, "the database can't be reached; try again"),
    Cause.FULL: (Reason.SERVICE_UNAVAILABLE, "the database has no room left"),
    Cause.READ_ONLY: (Reason.SERVICE_UNAVAILABLE, "the database takes no writes"),
    # Asked again it is no better: an operator brings back a backup.
    Cause.DAMAGED: (Reason.INTERNAL, "the database is damaged"),
    Cause.REFUSED: (Reason.INTERNAL, "the database refused a statement"),
}

STANDBY_AT_BEGIN = "0A000"
"""PostgreSQL: what a standby answers to the beginning of a writing transaction; elsewhere it means
a feature that there is not."""
READ_ONLY_STATES = frozenset({"25006"})
"""PostgreSQL: what it answers to a write in a transaction that may only read."""

# PostgreSQL: serialization failure, deadlock, lock timeout, unique violation. The last one is a
# race that a repository did not see coming; a second attempt reads what the other one wrote.
_STATES = {
    **dict.fromkeys(("40001", "40P01", "55P03", "23505"), Cause.CONFLICT),
    "53100": Cause.FULL,
    # Of a connection that was dropped for it (see :mod:`openjpki.storage.kernel.engine`).
    STANDBY_AT_BEGIN: Cause.READ_ONLY,
    **dict.fromkeys(READ_ONLY_STATES, Cause.READ_ONLY),
    # Of a page or an index; what a broken disk answers; a file of the cluster that is gone.
    **dict.fromkeys(("XX001", "XX002", "58030", "58P01"), Cause.DAMAGED),
}
# PostgreSQL classes: connection exception, operator intervention, insufficient resources.
_AWAY_CLASSES = ("08", "57", "53")
_NAMES = {
    "SQLITE_BUSY": Cause.CONFLICT,
    "SQLITE_LOCKED": Cause.CONFLICT,
    "SQLITE_CONSTRAINT_UNIQUE": Cause.CONFLICT,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Cause.CONFLICT,
    "SQLITE_CANTOPEN": Cause.AWAY,
    "SQLITE_IOERR": Cause.AWAY,
    "SQLITE_FULL": Cause.FULL,
    "SQLITE_READONLY": Cause.READ_ONLY,
    "SQLITE_PERM": Cause.READ_ONLY,
    "SQLITE_CORRUPT": Cause.DAMAGED,
    "SQLITE_NOTADB": Cause.DAMAGED,
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What is known of one failure."""

    cause: Cause
    code: str
    """The driver's."""


def failure_of(error: SQLAlchemyError) -> Failure:
    """What a failure is, from the driver's code alone."""
    if isinstance(error, PoolTimeoutError):
        return Failure(Cause.AWAY, "no connection left in the pool")
    if not isinstance(error, DBAPIError):
        return Failure(Cause.REFUSED, type(error).__name__)
    original = error.orig
    kind = type(original).__name__
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", None) or kind
        return Failure(_named(name), name)
    state = getattr(original, "sqlstate", None)
    return Failure(_of_state(state, kind, lost=error.connection_invalidated), state or kind)


def translate(error: SQLAlchemyError) -> OpenJpkiError:
    """The refusal that stands for a database's error; it holds no value of any row. Its cause is
    logged, unless it is another transaction that was in the way."""
    failure = failure_of(error)
    if failure.cause is Cause.CONFLICT:
        return StorageConflictError()
    reason, words = _WORDS[failure.cause]
    _log.warning("database failed: %s (%s)", failure.cause.value, failure.code)
    return OpenJpkiError(reason, words, code=failure.code)


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
