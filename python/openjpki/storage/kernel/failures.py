"""What a database's failure means to a caller."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from openjpki.errors import OpenJpkiError, Reason


class StorageConflictError(OpenJpkiError):
    """Another transaction was in the way; the same work, done again, may succeed."""

    def __init__(self) -> None:
        super().__init__(
            Reason.CONFLICTING_CHANGE, "another change was made at the same moment; try again"
        )


# PostgreSQL: serialization failure, deadlock, lock timeout, unique violation. The last one is a
# race that a repository did not see coming; a second attempt reads what the other one wrote.
_CONFLICT_STATES = {"40001", "40P01", "55P03", "23505"}
_CONFLICT_NAMES = {
    "SQLITE_BUSY",
    "SQLITE_BUSY_SNAPSHOT",
    "SQLITE_LOCKED",
    "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_PRIMARYKEY",
}
READ_ONLY_STATES = {"25006", "0A000"}
"""PostgreSQL: what a standby answers to a writing transaction, in it or at its beginning."""
# PostgreSQL classes: connection exception, operator intervention, insufficient resources.
_UNAVAILABLE_CLASSES = ("08", "57", "53")
_UNAVAILABLE_NAMES = {"SQLITE_CANTOPEN", "SQLITE_FULL", "SQLITE_READONLY"}


def translate(error: SQLAlchemyError) -> OpenJpkiError:
    """The refusal that stands for a database's error; it holds no value of any row."""
    if isinstance(error, PoolTimeoutError):
        return _unavailable()
    if not isinstance(error, DBAPIError):
        return OpenJpkiError(Reason.INTERNAL, "a statement was refused", kind=type(error).__name__)
    original = error.orig
    code: str | None
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorname", None)
        conflict = code in _CONFLICT_NAMES
        unavailable = code in _UNAVAILABLE_NAMES or (code or "").startswith("SQLITE_IOERR")
    else:
        code = getattr(original, "sqlstate", None)
        conflict = code in _CONFLICT_STATES
        # An operational error without a state is a connection that was lost or never made.
        unavailable = (
            error.connection_invalidated
            or (code is None and type(original).__name__ == "OperationalError")
            or (code or "").startswith(_UNAVAILABLE_CLASSES)
        )
    if conflict:
        return StorageConflictError()
    if unavailable:
        return _unavailable()
    return OpenJpkiError(
        Reason.INTERNAL, "the database refused a statement", code=code or type(original).__name__
    )


def _unavailable() -> OpenJpkiError:
    return OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the database can't be reached; try again")
