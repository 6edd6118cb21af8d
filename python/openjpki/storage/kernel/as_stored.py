"""Values of which a driver makes none: they come as octets, and end no row.

Both drivers make Python's values while rows are fetched, before anybody can say of which row and
column. A text on SQLite that is no UTF-8, a moment on PostgreSQL that Python's calendar has not
(``infinity``, years before 1 and after 9999; ``storage.kernel.stored_moments``) would end the
reading of all rows there. So they come as the octets that are stored: of another type than the
column's, as SQLite keeps anyway whatever somebody puts there, and whoever reads the row finds out
(``storage.kernel.unreadable``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3


def texts(connection: sqlite3.Connection) -> None:
    """For a new connection to SQLite."""
    connection.text_factory = _text


def _text(octets: bytes) -> str | bytes:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets
