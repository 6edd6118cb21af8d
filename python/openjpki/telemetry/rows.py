"""Telling of rows of the database that can't be read: in the log and in a metric."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import Final

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import ROWS_LEFT_OUT

_log = get_logger("storage")

LEFT_OUT: Final = "a row can't be read and is left out"
REFUSED: Final = "a row can't be read, and what goes by it is refused"

SAID_AGAIN: Final = 600.0
"""Seconds after which the log has a row anew: some tables are read several times a second."""
_MOST: Final = 1000
"""Rows whose last mention is remembered."""

_said: dict[tuple[str, ...], float] = {}
_lock = Lock()


def tell_row(event: str, *, table: str, key: str, rule: str) -> None:
    """In the log, and at each time in the metric. ``key``: its primary key, as it is stored."""
    ROWS_LEFT_OUT.labels(table).inc()
    now, row = monotonic(), (event, table, key, rule)
    with _lock:
        last = _said.get(row)
        if last is not None and now - last < SAID_AGAIN:
            return
        if len(_said) >= _MOST:
            _said.clear()
        _said[row] = now
    _log.error(event, table=table, key=key, rule=rule)


def tell_refused_row(error: Exception) -> None:
    """Which row is to blame for a refusal, if one is."""
    if isinstance(error, OpenJpkiError) and error.stored:
        tell_row(REFUSED, **error.stored)
