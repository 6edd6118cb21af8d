"""Who waits for whom in a PostgreSQL database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.kernel.database import Database


def waits_for(database: Database, kind: str) -> int:
    """How many locks of a kind (``advisory``, ``transactionid``) are waited for in it."""
    asked = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE datname = current_database() AND NOT granted AND locktype = :kind"
    )
    with database.reading() as tx:
        return int(tx.connection.execute(asked, {"kind": kind}).scalar_one())


def row_waits(database: Database) -> int:
    """How many wait for a row that another transaction has."""
    return waits_for(database, "transactionid") + waits_for(database, "tuple")


def somebody_waits(database: Database) -> bool:
    """For a row that another transaction has."""
    return row_waits(database) > 0


@contextmanager
def locked(database: Database, statement: str, **values: object) -> Iterator[None]:
    """Rows that a console holds: whoever wants them waits in the middle of a transaction."""
    with database.transaction() as tx:
        assert tx.connection.execute(text(statement + " FOR UPDATE"), values).all()
        yield
