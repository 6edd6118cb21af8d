"""A hand in a service's database: what its owner can do to rows, past every rule of the schema."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database


def by_hand(database: Database, statement: str) -> int:
    """How many rows it changed. Octets are written as SQLite does."""
    if database.file is not None:
        with closing(sqlite3.connect(str(database.file), timeout=60)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            changed = connection.execute(statement).rowcount
            connection.commit()
            return changed
    with database.transaction() as tx:
        # Keys of other tables are not looked at.
        tx.connection.execute(text("SET LOCAL session_replication_role = replica"))
        return tx.connection.execute(text(statement.replace("x'", "'\\x"))).rowcount
