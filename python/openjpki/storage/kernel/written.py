"""Statements of PostgreSQL's that are written out once: those that each certificate sends, or of
which each is a row.

SQLAlchemy finds a statement's text by all that the statement is made of, goes through its
parameters several times and makes a result of many parts, at every execution: with twenty
parameters that takes longer than sending them. What is sent is the same, and so is what becomes of
an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.engine import result_tuple

from openjpki.storage.kernel.beginning import Postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Row, Select
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.types import TypeEngine

    from openjpki.storage.kernel.connecting import Session
    from openjpki.storage.kernel.transaction import Reading

_DIALECT: Final = Postgresql(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


class Written:
    """One statement that gives rows back."""

    def __init__(self, statement: Select[Any] | UpdateBase) -> None:
        self._statement = statement

    def rows(self, tx: Reading, values: Mapping[str, Any]) -> list[Row[Any]]:
        """What it finds. ``values``: of every parameter that has none of its own."""
        text, session = self._text, _session(tx)
        try:
            found = session.fetch(text.sql, self._parameters(values))
        except Exception:
            self._tell(tx, session)
            raise
        return [text.row(_read(text.readers, row)) for row in found]

    def octets(
        self, tx: Reading, values: Mapping[str, Any], *, at_once: int
    ) -> Iterator[list[bytes | None]]:
        """Of a statement that finds one value of octets a row these, so many rows at a time.
        ``values``: as above."""
        session = _session(tx)
        try:
            yield from session.portions(self._text.sql, self._parameters(values), at_once)
        except Exception:
            self._tell(tx, session)
            raise

    def _tell(self, tx: Reading, session: Session) -> None:
        """Have SQLAlchemy hear of what failed."""
        if session.failing:
            # Raises it as SQLAlchemy does, which looks whether the connection is lost.
            tx.connection.exec_driver_sql(self._text.sql)

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        text = self._text
        parameters = {**text.fixed, **values}
        for name, write in text.writers:
            parameters[name] = write(parameters[name])
        return [parameters[name] for name in text.order]

    @cached_property
    def _text(self) -> _Text:
        compiled = self._statement.compile(dialect=_DIALECT)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError("a statement that is finished at each execution can't be written out")
        columns = self._statement.exported_columns
        fixed: dict[str, Any] = {}
        writers: list[tuple[str, Callable[[Any], Any]]] = []
        for name, parameter in compiled.binds.items():
            if not parameter.required:
                fixed[name] = parameter.value
            write = _of_dialect(parameter.type).bind_processor(_DIALECT)
            if write is not None:
                writers.append((name, write))
        readers = [_of_dialect(one.type).result_processor(_DIALECT, None) for one in columns]
        return _Text(
            sql=compiled.string,
            order=compiled.positiontup or [],
            fixed=fixed,
            writers=writers,
            row=result_tuple([str(one.name) for one in columns]),
            readers=[(at, read) for at, read in enumerate(readers) if read is not None],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """A statement as it is sent, and how its values are written and read."""

    sql: str
    order: list[str]
    """Of its parameters, which are numbered."""
    fixed: dict[str, Any]
    """Parameters that are always the same."""
    writers: list[tuple[str, Callable[[Any], Any]]]
    row: Callable[[Any], Row[Any]]
    readers: list[tuple[int, Callable[[Any], Any]]]


def _session(tx: Reading) -> Session:
    return cast("Session", tx.connection.connection.dbapi_connection)


def _of_dialect(given: TypeEngine[Any]) -> TypeEngine[Any]:
    return given.dialect_impl(_DIALECT)


def _read(
    readers: list[tuple[int, Callable[[Any], Any]]], row: tuple[Any, ...]
) -> list[Any] | tuple[Any, ...]:
    if not readers:
        return row
    values = list(row)
    for at, read in readers:
        values[at] = read(values[at])
    return values
