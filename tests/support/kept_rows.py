"""A PostgreSQL database with one table, for tests of connections and transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.storage.kernel.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.storage.kernel.transaction import Transaction


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    """With the table, still empty."""
    database = Database(postgres_url)
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE kept (number INTEGER NOT NULL)"))
    yield database
    database.close()


def write(tx: Transaction) -> None:
    """One row more."""
    tx.connection.execute(text("INSERT INTO kept VALUES (1)"))


def rows(database: Database) -> int:
    """How many there are."""
    with database.reading() as tx:
        count: int = tx.connection.execute(text("SELECT count(*) FROM kept")).scalar_one()
    return count
