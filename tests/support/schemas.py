"""Schemas that are there before a service looks for them.

Alembic builds one a revision at a time, which takes up to a fifth of a second of a processor and is
the same for each empty database. So the statements are kept from the first time, and said again to
the next one. ``contract/storage/test_migrations.py`` judges the revisions themselves, and that what
is put is what they make.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect

from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from openjpki.config.parts import DatabasePart

_NOT_KEPT = ("SELECT", "SET", "PRAGMA")
"""What is asked, and what holds for a transaction."""
_kept: dict[tuple[str, str], list[tuple[str, Any]]] = {}
"""By dialect and service: each statement with its parameters, in order."""


def put_schema(database: Database, service: str) -> None:
    """The service's newest in an empty database; another is left as it is. By nobody else at the
    same time."""
    with database.reading() as tx:
        if inspect(tx.connection).get_table_names():
            return
    known = _kept.get((database.dialect, service))
    if known is None:
        _kept[database.dialect, service] = _heard(database, service)
        return
    with database.transaction() as writing:
        for statement, parameters in known:
            writing.connection.exec_driver_sql(statement, parameters)


def put_schema_of(part: DatabasePart, service: str) -> None:
    """The same in the database of a service's settings."""
    with closing(Database(part.read_url())) as database:
        put_schema(database, service)


def _heard(database: Database, service: str) -> list[tuple[str, Any]]:
    heard: list[tuple[str, Any]] = []

    def hear(*called: Any) -> None:
        _, _, statement, parameters, *_ = called
        if not statement.lstrip().upper().startswith(_NOT_KEPT):
            heard.append((statement, parameters))

    event.listen(database._engine, "before_cursor_execute", hear)
    try:
        upgrade(database, service)
    finally:
        event.remove(database._engine, "before_cursor_execute", hear)
    return heard
