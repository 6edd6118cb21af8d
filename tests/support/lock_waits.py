"""Who waits for whom in a PostgreSQL database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database


def waits_for(database: Database, kind: str) -> int:
    """How many locks of a kind (``advisory``, ``transactionid``) are waited for in it."""
    asked = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE datname = current_database() AND NOT granted AND locktype = :kind"
    )
    with database.reading() as tx:
        return int(tx.connection.execute(asked, {"kind": kind}).scalar_one())
