"""Connections in use, free space and what fails at a database, as the metrics show them."""

from __future__ import annotations

import math
import shutil
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.config.parts import LeasePart, SoftwareKeysPart
from openjpki.domain.lease import Instance
from openjpki.errors import OpenJpkiError
from openjpki.services.common.lease_keeper import Takeover
from openjpki.services.common.room_left import watch_database, watch_keys
from openjpki.services.common.running import lease_keeper_of
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.engine import DatabaseOptions
from openjpki.storage.kernel.failures import Cause
from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def shown(name: str, **labels: str) -> float:
    value = REGISTRY.get_sample_value(f"openjpki_{name}", labels)
    assert value is not None
    return value


def test_connections_in_use_are_counted(tmp_path: Path) -> None:
    options = DatabaseOptions(pool_size=3)
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


def failures(name: str) -> dict[str, float]:
    """By cause, those there were."""
    counted = {
        one.value: shown("database_failures_total", database=name, cause=one.value) for one in Cause
    }
    return {cause: number for cause, number in counted.items() if number}


def refused(call: Callable[[], object]) -> None:
    with pytest.raises(OpenJpkiError):
        call()


def test_failures_are_counted_by_their_cause(tmp_path: Path) -> None:
    file = tmp_path / "three.db"
    database = Database(f"sqlite:///{file}", DatabaseOptions(lock_timeout=0.1))
    watch_database("three", database)
    database.check()
    assert failures("three") == {}
    other = Database(f"sqlite:///{file}", DatabaseOptions(lock_timeout=0.1))
    with other.transaction():
        refused(lambda: database.run(lambda _: None))
    other.close()
    assert failures("three") == {"locked": 1}
    refused(lambda: database.ask(lambda tx: tx.connection.execute(text("SELECT 1 FROM gone"))))
    with database.transaction():
        # In the same process, by its other threads.
        refused(lambda: database.run(lambda _: None))
    assert failures("three") == {"locked": 2, "refused": 1}
    file.unlink()
    refused(database.check)
    assert failures("three") == {"locked": 2, "refused": 1, "replaced": 1}


def test_what_fails_of_the_connections_for_leases_counts_too() -> None:
    url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    database = Database(url)
    keeper = lease_keeper_of(database, url, LeasePart())
    watch_database("four", database)
    takeover = Takeover(take_up=lambda *_: None, let_go=lambda _: None)
    refused(lambda: keeper.start(Instance("one", "127.0.0.1:1"), takeover))
    assert failures("four") == {"away": 1}
