"""Which kind of leases a database has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.kernel.leases_file import FileLeases
from openjpki.storage.kernel.leases_sql import SqlLeases

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.leases import Leases
    from openjpki.storage.kernel.unreadable import LeftOut


def leases_of(database: Database, *, left_out: LeftOut | None = None) -> Leases:
    """Rows on PostgreSQL, a lock on ``<database>.lease`` beside a SQLite file. ``left_out``: told
    of a lease that can't be read."""
    if database.file is None:
        return SqlLeases(database, left_out=left_out)
    lock = database.file.with_name(f"{database.file.name}.lease")
    return FileLeases(database, lock, left_out=left_out)
