"""Which kind of leases a database has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.kernel.leases_file import FileLeases
from openjpki.storage.kernel.leases_sql import SqlLeases

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.leases import Leases


def leases_of(database: Database) -> Leases:
    """Rows on PostgreSQL, a lock on ``<database>.lease`` beside a SQLite file."""
    if database.file is None:
        return SqlLeases(database)
    return FileLeases(database, database.file.with_name(f"{database.file.name}.lease"))
