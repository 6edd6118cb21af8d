"""Connections in use and free space, as the metrics show them."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

from openjpki.config.parts import SoftwareKeysPart
from openjpki.services.common.room_left import watch_database, watch_keys
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from pathlib import Path


def shown(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"openjpki_{name}", labels)
    assert value is not None
    return value


def test_connections_in_use_are_counted(tmp_path: Path) -> None:
    options = DatabaseOptions(pool_size=2, pool_overflow=1)
    database = Database(f"sqlite:///{tmp_path / 'one.db'}", options)
    watch_database("one", database)
    assert shown("database_connections_limit", database="one") == 3
    assert shown("database_connections", database="one") == 0
    with database.reading(), database.reading():
        assert shown("database_connections", database="one") == 2
    assert shown("database_connections", database="one") == 0
    database.close()
    assert shown("database_connections", database="one") == 0


def test_space_is_that_of_the_disk_the_files_are_on(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    watch_keys(SoftwareKeysPart(kind="software", directory=keys, passphrase_file=tmp_path / "p"))
    assert shown("disk_size_octets", of="keys") == shutil.disk_usage(keys).total
    assert 0 <= shown("disk_free_octets", of="keys") <= shown("disk_size_octets", of="keys")


def test_a_disk_that_is_gone_keeps_nothing_else_from_being_shown(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'gone' / 'two.db'}")
    watch_database("two", database)
    assert math.isnan(shown("disk_free_octets", of="two"))
    assert shown("database_connections", database="two") == 0
