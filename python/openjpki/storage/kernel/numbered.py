"""Rows numbered in one order without gaps: a number is taken where the last one stands, and the row
that has it is inserted.

Where the number stands is one row, which each writer holds until its commit: so the order of the
numbers is the order in which the rows became durable, and a transaction that is undone leaves no
gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select

from openjpki.storage.kernel.written import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Row, Table
    from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

    from openjpki.storage.kernel.transaction import Transaction


class Numbered:
    """How the rows of one table get their numbers. One statement on PostgreSQL, which saves a way
    to the server and back; SQLite, which changes one table a statement, takes two."""

    def __init__(
        self, table: Table, taking: ReturningUpdate[Any], taken: Mapping[str, str]
    ) -> None:
        """``taking``: the statement that takes a number; ``taken``: columns of ``table``, each with
        the column that ``taking`` returns for it."""
        self._taking = taking
        self._taken = taken
        self._table = table
        self._inserting = insert(table)
        self._at_once = Written(_at_once(table, taking, taken))

    def insert(
        self, tx: Transaction, where: Mapping[str, Any], row: Mapping[str, Any]
    ) -> Row[Any] | None:
        """What was taken, by the names that ``taking`` returns it under; None, and no row is
        inserted, where the row with the last number is not there.

        ``where``: parameters of ``taking``. ``row``: the other columns, by their names.
        """
        if tx.connection.dialect.name == "postgresql":
            return self._at_once.execute(tx, self.values(where, row)).first()
        taken = tx.connection.execute(self._taking, dict(where)).first()
        if taken is not None:
            numbers = {name: taken._mapping[by] for name, by in self._taken.items()}  # noqa: SLF001 - public, despite its name
            tx.connection.execute(self._inserting, {**row, **numbers})
        return taken

    def after(self, joined: ColumnElement[bool]) -> ReturningInsert[Any]:
        """The same as the last change of a chain; it returns what was taken.

        ``joined``: the row where the last number stands with what the change before returned. By a
        join and not by a subquery: when the row was changed meanwhile, PostgreSQL looks at it
        again, and of what it is joined with it then has the same row as before.
        """
        return _at_once(self._table, self._taking.where(joined), self._taken)

    @staticmethod
    def values(where: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
        """What :meth:`insert` is given, as parameters of :meth:`after`."""
        return {**where, **{f"row_{name}": value for name, value in row.items()}}


def _at_once(
    table: Table, taking: ReturningUpdate[Any], taken: Mapping[str, str]
) -> ReturningInsert[Any]:
    found = taking.cte("taken")
    columns = {
        column.name: found.c[taken[column.name]]
        if column.name in taken
        else bindparam(f"row_{column.name}", type_=column.type)
        for column in table.c
    }
    return (
        insert(table)
        .from_select(list(columns), select(*columns.values()))
        .returning(*(table.c[name].label(by) for name, by in taken.items()))
    )
