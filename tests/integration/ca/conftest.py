"""The ca service over real mutual TLS, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.ca_service import KAGAWA, TOYAMA, RunningCa, person_key, running_ca
from tests.support.databases import LONG_SUITES_RUN_OVER
from tests.support.postgres import postgres_server, postgres_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.support.postgres import PostgresServer

    Keys = list[rsa.RSAPrivateKey]

__all__ = ["postgres_server", "postgres_url"]


@pytest.fixture(params=LONG_SUITES_RUN_OVER)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ca.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield url


@pytest.fixture
def ca(tmp_path: Path, database_url: str) -> Iterator[RunningCa]:
    """Two authorities side by side."""
    with running_ca(tmp_path, database_url, authorities=(TOYAMA, KAGAWA)) as running:
        yield running


@pytest.fixture(scope="session")
def keys() -> Keys:
    """Keys of persons; making one takes a while."""
    return [person_key() for _ in range(8)]
