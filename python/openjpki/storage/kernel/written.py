"""Statements of PostgreSQL's that are written out once: those that each certificate sends.

SQLAlchemy finds a statement's text by all that the statement is made of, and goes through its
parameters several times, at every execution: with twenty of them that takes longer than sending
them. What is sent is the same, and so is what becomes of an error.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from openjpki.storage.kernel.beginning import Postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import CursorResult
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.sql.elements import ClauseElement

    from openjpki.storage.kernel.transaction import Reading

_DIALECT: Final = Postgresql()  # type: ignore[no-untyped-call]


class Written:
    """One statement. What it gives back is as the driver has it: for numbers and octets alone."""

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement

    def execute(self, tx: Reading, values: Mapping[str, Any]) -> CursorResult[Any]:
        """``values``: of every parameter that has none of its own."""
        text, fixed, writers = self._written
        parameters = {**fixed, **values}
        for name, write in writers:
            parameters[name] = write(parameters[name])
        return tx.connection.exec_driver_sql(text, parameters)

    @cached_property
    def _written(self) -> tuple[str, dict[str, Any], list[tuple[str, Callable[[Any], Any]]]]:
        """The text, parameters that are always the same, and how values of a type are written."""
        compiled = cast("SQLCompiler", self._statement.compile(dialect=_DIALECT))
        fixed: dict[str, Any] = {}
        writers: list[tuple[str, Callable[[Any], Any]]] = []
        for name, parameter in compiled.binds.items():
            if not parameter.required:
                fixed[name] = parameter.value
            write = parameter.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)
            if write is not None:
                writers.append((name, write))
        return compiled.string, fixed, writers
