"""Telling of rows of the database that can't be read and were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.telemetry.rows import LEFT_OUT, tell_row

if TYPE_CHECKING:
    from openjpki.storage.kernel.unreadable import Unreadable


def tell_left_out(one: Unreadable) -> None:
    """In the log, and at each time to whoever watches the metrics."""
    tell_row(LEFT_OUT, table=one.table, key=one.row, rule=one.rule)
