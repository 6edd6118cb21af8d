"""Every storage test runs on a SQLite file and on a real PostgreSQL server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.storage.kernel.choose_leases import leases_of
from openjpki.storage.kernel.database import Database
from tests.support.lease_samples import ONE, OSAKA, TOKYO
from tests.support.plans import plans_are_good
from tests.support.postgres import postgres_server
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.storage.kernel.leases import Leases
    from tests.support.postgres import PostgresServer

__all__ = ["plans_are_good", "postgres_server"]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'service.db'}"
        return
    # Asked for here and not as a parameter: the SQLite half then needs no server.
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield url


@pytest.fixture
def empty_database(database_url: str) -> Iterator[Database]:
    """A fresh database without any table."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def leases(empty_database: Database) -> Iterator[Leases]:
    """Of two authorities that nobody has, begun by one instance."""
    put_schema(empty_database, "ca")
    made = leases_of(empty_database)
    with empty_database.transaction() as tx:
        for authority in (TOKYO, OSAKA):
            made.exclude(tx, authority)
    made.begin(ONE.name)
    yield made
    made.close()
