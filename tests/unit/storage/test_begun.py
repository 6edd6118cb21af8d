"""Whether there is a database: SQLite makes an empty one of whatever name it is given."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from openjpki.storage.kernel.begun import is_begun

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_with_a_table_is_begun_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "ca.db"
    assert not is_begun(file)
    with closing(sqlite3.connect(file)) as made:
        # As our engine leaves it behind whoever only looked: a page, and nothing in it.
        made.execute("PRAGMA journal_mode = WAL")
    assert file.stat().st_size
    assert not is_begun(file)
    with closing(sqlite3.connect(file)) as made:
        made.execute("CREATE TABLE one (number INTEGER)")
    assert is_begun(file)


def test_what_cannot_be_looked_into_counts(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("no database, and not to be written over")
    assert is_begun(other)
    # No system looks at a name as long as this one.
    assert is_begun(tmp_path / ("a" * 300))
