"""Whether anything was made in a SQLite file: SQLite makes one of whatever name it is given."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def is_begun(file: Path) -> bool:
    """Whether it is there and has a table. One that can't be looked into counts: whoever opens it
    hears why."""
    try:
        if not file.exists():
            return False
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as found:
            (tables,) = found.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except (OSError, sqlite3.Error):
        return True
    return bool(tables)
