"""How much room a PostgreSQL table takes after much was written to it, though nobody vacuums."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import text

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.storage.kernel.database import Database


def assert_room(
    database: Database, write: Callable[[], None], size: str, most: dict[str, int]
) -> None:
    """``write`` leaves each table of ``most`` with no more octets, by the function ``size``.

    No old version of a row goes while any transaction of the whole server is older, and other tests
    have theirs there: the tables are then written anew, and it is done again. What leaves room
    behind by itself does so every time.
    """
    with database.transaction() as tx:
        for table in most:
            tx.connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))

    url = database._engine.url.set(drivername="postgresql")
    told = url.render_as_string(hide_password=False)

    def is_small() -> bool:
        with psycopg.connect(told, autocommit=True) as alone:
            for table in most:
                alone.execute(f"VACUUM FULL {table}".encode())
        write()
        with database.reading() as reading:
            taken = {
                table: reading.connection.execute(text(f"SELECT {size}('{table}')")).scalar_one()
                for table in most
            }
        return all(taken[table] <= octets for table, octets in most.items())

    wait_until(is_small)
