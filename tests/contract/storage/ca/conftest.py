"""ca's database with two authorities in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.storage.ca import authorities, generations
from tests.support.ca_rows import OSAKA, TOKYO, authority, generation
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "ca")
    with empty_database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            authorities.add(tx, authority(one))
            generations.add(tx, generation(one))
    return empty_database
