"""Telling of rows of the database that can't be read and were left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import ROWS_LEFT_OUT

if TYPE_CHECKING:
    from openjpki.storage.kernel.unreadable import Unreadable

_log = get_logger("storage")


def tell_left_out(one: Unreadable) -> None:
    """In the log and to whoever watches the metrics."""
    ROWS_LEFT_OUT.labels(one.table).inc()
    _log.error("a row can't be read and is left out", table=one.table, row=one.row, rule=one.rule)
