"""A disk that is full, a file that may only be read, pages that something else has overwritten:
each is told from the others, and works again once it is mended."""

from __future__ import annotations

import io
import sqlite3
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.database import Database
from openjpki.telemetry.logging import configure_logging
from openjpki_devkit.bench import postgres
from tests.support.mounted import fill, read_only, small_disk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE = "富山\u3000花子"
"""What stands in rows must not be in a log."""


@contextmanager
def told(reason: Reason, rule: str, code: str) -> Iterator[None]:
    """The refusal in the block, and what the log has of it: the driver's code, and no value."""
    log = io.StringIO()
    configure_logging("ca", stream=log)
    try:
        with pytest.raises(OpenJpkiError) as refusal:
            yield
    finally:
        configure_logging("test", level="warning")
    assert (refusal.value.reason, refusal.value.message) == (reason, rule)
    assert refusal.value.metadata["code"].startswith(code)
    assert f"({code}" in log.getvalue()
    assert PRIVATE not in log.getvalue() + str(refusal.value)


def made(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    with database.transaction() as tx:
        tx.connection.execute(text("CREATE TABLE kept (number INTEGER, name TEXT)"))
    return database


def write(database: Database, rows: int = 1) -> None:
    with database.transaction() as tx:
        tx.connection.execute(
            text("INSERT INTO kept VALUES (:number, :name)"),
            [{"number": number, "name": PRIVATE * 100} for number in range(rows)],
        )


def count(database: Database) -> int:
    with database.reading() as tx:
        found: int = tx.connection.execute(text("SELECT count(*) FROM kept")).scalar_one()
    return found


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Of one mebibyte."""
    with small_disk(tmp_path / "disk", "1m") as folder:
        yield folder


def test_a_full_disk(disk: Path) -> None:
    database = made(disk / "ca.db")
    write(database)
    ballast = disk / "ballast"
    fill(ballast)
    with told(Reason.SERVICE_UNAVAILABLE, "the database has no room left", "SQLITE_FULL"):
        write(database, 1000)
    assert count(database) == 1
    ballast.unlink()
    write(database)
    assert count(database) == 2
    database.close()


def test_a_full_disk_on_which_what_all_share_is_made_anew(disk: Path) -> None:
    """As by the first who opens the database after the last one closed it."""
    file = disk / "ca.db"
    database = made(file)
    database.close()
    fill(disk / "ballast")
    with told(Reason.SERVICE_UNAVAILABLE, "the database has no room left", "SQLITE_"):
        write(database)
    (disk / "ballast").unlink()
    write(database)
    assert count(database) == 1
    database.close()


def test_a_database_that_has_reached_its_size(tmp_path: Path) -> None:
    """SQLite's own bound gives the same answer, where nobody may mount anything."""
    database = made(tmp_path / "ca.db")
    with (
        told(Reason.SERVICE_UNAVAILABLE, "the database has no room left", "SQLITE_FULL"),
        database.transaction() as tx,
    ):
        tx.connection.execute(text("PRAGMA max_page_count = 3"))
        tx.connection.execute(text("INSERT INTO kept VALUES (1, :name)"), {"name": "x" * 99999})
    database.close()


def test_a_file_that_may_only_be_read(tmp_path: Path) -> None:
    """As one that was brought back with the rights of somebody else. Whoever is root writes all the
    same, so the database says it of itself."""
    file = tmp_path / "ca.db"
    made(file).close()
    database = Database(f"sqlite:///file:{file}?mode=ro&uri=true")
    with told(Reason.SERVICE_UNAVAILABLE, "the database takes no writes", "SQLITE_READONLY"):
        write(database)
    assert count(database) == 0
    database.close()
    database = Database(f"sqlite:///{file}")
    write(database)
    database.close()


def test_a_file_that_may_only_be_read_for_a_while(tmp_path: Path) -> None:
    """Connections made meanwhile can't write, and are not kept."""
    file = tmp_path / "ca.db"
    database = made(file)
    write(database)
    database.close()
    with read_only(file):
        for _ in range(2):
            with told(
                Reason.SERVICE_UNAVAILABLE, "the database takes no writes", "SQLITE_READONLY"
            ):
                write(database)
        assert count(database) == 1
    write(database)
    assert count(database) == 2
    database.close()


def test_a_folder_that_may_only_be_read_for_a_while(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    database = made(folder / "ca.db")
    write(database)
    database.close()
    with (
        read_only(folder),
        told(Reason.SERVICE_UNAVAILABLE, "the database takes no writes", "SQLITE_CANTOPEN"),
    ):
        write(database)
    write(database)
    assert count(database) == 2
    database.close()


@pytest.mark.parametrize("damage", [b"\xff" * 4096, b"\x00" * 4096], ids=["ones", "zeroes"])
def test_a_page_that_something_else_has_overwritten(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "ca.db"
    database = made(file)
    write(database, 2000)
    database.close()
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'kept'").fetchone()
    raw.close()
    with file.open("r+b") as out:
        out.seek((page - 1) * 4096)
        out.write(damage)
    database = Database(f"sqlite:///{file}")
    with told(Reason.INTERNAL, "the database is damaged", "SQLITE_CORRUPT"):
        count(database)
    database.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    file = tmp_path / "ca.db"
    file.write_bytes(b"no database at all, and longer than a header is" * 100)
    database = Database(f"sqlite:///{file}")
    with told(Reason.INTERNAL, "the database is damaged", "SQLITE_NOTADB"):
        count(database)


def test_a_page_of_postgresql_that_something_else_has_overwritten() -> None:
    with postgres.running(("listen_addresses=''", "fsync=off")) as server:
        database = Database(server.url())
        with database.transaction() as tx:
            tx.connection.execute(text("CREATE TABLE kept (number INTEGER, name TEXT)"))
        write(database, 200)
        with database.reading() as tx:
            query = text("SELECT pg_relation_filepath('kept')")
            path = tx.connection.execute(query).scalar_one()
        database.close()
        # With a checkpoint: replaying its log would mend the page.
        orderly = [*server.stop[:-1], "-m", "fast", server.stop[-1]]
        subprocess.run(orderly, check=True, stdout=subprocess.DEVNULL)
        with (server.home / "data" / path).open("r+b") as out:
            out.write(b"\xff" * 8192)
        with (server.home / "start.log").open("w") as log:
            subprocess.run(server.begin, check=True, stdout=log, stderr=log)
        database = Database(server.url())
        with told(Reason.INTERNAL, "the database is damaged", "XX001"):
            count(database)
        database.close()
