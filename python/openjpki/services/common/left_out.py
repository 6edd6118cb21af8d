"""Telling of rows of the database that can't be read and were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.kernel.unreadable import Unreadable
from openjpki.telemetry.rows import LEFT_OUT, tell_row

if TYPE_CHECKING:
    from openjpki.storage.kernel.journal import Entry


def tell_left_out(one: Unreadable) -> None:
    """In the log, and at each time to whoever watches the metrics."""
    tell_row(LEFT_OUT, table=one.table, key=one.row, rule=one.rule)


def not_read(entry: Entry, error: Exception) -> Unreadable:
    """An entry of the journal that can be read and says something else than its act does.
    ``error``: one of :data:`~openjpki.storage.kernel.unreadable.NOT_READ`."""
    key = f"{entry.stream}/{entry.retention.value}/{entry.number}"
    return Unreadable.of("journal", key, error)
