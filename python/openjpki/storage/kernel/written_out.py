"""Statements that are written out once, as one session of PostgreSQL's has them prepared.

The driver's cursor looks at a statement's text each time, and at whether to prepare it; and waits
for the answer itself, between looks at the connection: that takes as long as the values and rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from psycopg.adapt import PyFormat, Transformer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg import Connection
    from psycopg.abc import Buffer
    from psycopg.pq import abc

    CarriedOut = Callable[[Callable[[], abc.PGresult]], abc.PGresult]

_AT_MOST: Final = 100
"""Statements that are kept prepared; more are planned anew each time."""


class WrittenOut:
    """Of one session, whose lock its caller holds."""

    def __init__(self, session: Connection[Any], carried_out: CarriedOut) -> None:
        """``carried_out``: raises what the server refuses."""
        self._connection = session.pgconn
        self._carried_out = carried_out
        # A new one finds out anew how values of each type are written and read.
        self._values = Transformer(session)
        self._prepared: dict[tuple[str, tuple[int, ...]], bytes] = {}
        """Names, by the statement and its values' types: numbers have several, by their size."""

    def fetch(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """All rows of it. Raises the driver's errors."""
        values = self._values
        octets = values.dump_sequence(parameters, [PyFormat.AUTO] * len(parameters))
        types, formats = values.types or (), values.formats
        name = self._name_of(statement, types)
        connection, carried_out = self._connection, self._carried_out
        if name is None:
            text = statement.encode()
            result = carried_out(lambda: connection.exec_params(text, octets, types, formats))
        else:
            given: Sequence[Buffer] = octets  # type: ignore[assignment]
            result = carried_out(lambda: connection.exec_prepared(name, given, formats))
        values.set_pgresult(result)
        try:
            return values.load_rows(0, result.ntuples, tuple)
        finally:
            values.set_pgresult(None)

    def forget(self) -> None:
        """Have the session have nothing prepared any more."""
        if self._prepared:
            self._prepared.clear()
            self._carried_out(lambda: self._connection.exec_(b"DEALLOCATE ALL"))

    def _name_of(self, statement: str, types: tuple[int, ...]) -> bytes | None:
        name = self._prepared.get((statement, types))
        if name is None and len(self._prepared) < _AT_MOST:
            name = b"written_%d" % len(self._prepared)
            text, connection = statement.encode(), self._connection
            self._carried_out(lambda: connection.prepare(name, text, types))
            self._prepared[statement, types] = name
        return name
