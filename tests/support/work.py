"""How much SQLite does for a piece of work: instructions of its machine, which no load changes.

A row that is looked at costs some instructions, and a way down an index one, however deep it is. So
what takes as many beside a hundred certificates as beside ten thousand goes through none of them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import contextmanager
from threading import get_ident
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_STATEMENT = "openjpki_statement"
"""Where a connection has what it was asked last."""


class Work:
    """What was done so far by the thread that asks, and by which statements."""

    def __init__(self) -> None:
        self._by_thread: dict[int, Counter[str]] = {}

    def of(self, call: Callable[[], object]) -> Counter[str]:
        """Instructions of one piece of work, by statement."""
        mine = self._by_thread[get_ident()] = Counter()
        call()
        return mine

    def connected(self, connection: Any, record: Any) -> None:
        """Count what this connection does. For the engine's event of that name."""
        if not isinstance(connection, sqlite3.Connection):
            return

        def step() -> int:
            mine = self._by_thread.get(get_ident())
            if mine is not None:
                mine[record.info.get(_STATEMENT, "")] += 1
            return 0

        connection.set_progress_handler(step, 1)


@contextmanager
def counting() -> Iterator[Work]:
    """Of every SQLite connection that is made meanwhile."""
    work = Work()

    def before(connection: Any, _cursor: object, statement: str, *_: object) -> None:
        connection.connection.info[_STATEMENT] = statement

    event.listen(Engine, "connect", work.connected)
    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield work
    finally:
        event.remove(Engine, "connect", work.connected)
        event.remove(Engine, "before_cursor_execute", before)
