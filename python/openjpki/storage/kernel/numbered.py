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
        self, table: Table, taking: ReturningUpdate[Any], taken: Mapping[str, str], *, named: str
    ) -> None:
        """``taking``: the statement that takes a number; ``taken``: columns of ``table``, each with
        the column that ``taking`` returns for it. ``named``: what parameters' names begin with,
        another word for each table, as one chain may have several."""
        self._table = table
        self._taking = taking
        self._taken = taken
        self._named = named
        self._inserting = insert(table)
        self._at_once = Written(self._inserting_from(taking, {}))

    def insert(
        self, tx: Transaction, where: Mapping[str, Any], row: Mapping[str, Any]
    ) -> Row[Any] | None:
        """What was taken, by the names that ``taking`` returns it under; None, and no row is
        inserted, where the row with the last number is not there.

        ``where``: parameters of ``taking``. ``row``: the other columns, by their names.
        """
        if tx.connection.dialect.name == "postgresql":
            rows = self._at_once.rows(tx, self.values(where, row))
            return rows[0] if rows else None
        taken = tx.connection.execute(self._taking, dict(where)).first()
        if taken is not None:
            numbers = {name: taken._mapping[by] for name, by in self._taken.items()}  # noqa: SLF001 - public, despite its name
            tx.connection.execute(self._inserting, {**row, **numbers})
        return taken

    def after(
        self, joined: ColumnElement[bool], **given: ColumnElement[Any]
    ) -> ReturningInsert[Any]:
        """The same as a change of a chain; it returns what was taken.

        ``joined``: the row where the last number stands with what the change before returned. By a
        join and not by a subquery: when the row was changed meanwhile, PostgreSQL looks at it
        again, and of what it is joined with it then has the same row as before. ``given``: columns
        that are made of what a change before returned.
        """
        return self._inserting_from(self._taking.where(joined), given)

    def values(self, where: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
        """What :meth:`insert` is given, as parameters of :meth:`after`."""
        return {**where, **{f"{self._named}_{name}": value for name, value in row.items()}}

    def _inserting_from(
        self, taking: ReturningUpdate[Any], given: Mapping[str, ColumnElement[Any]]
    ) -> ReturningInsert[Any]:
        found = taking.cte(f"{self._named}_taken")
        numbers = {name: found.c[by] for name, by in self._taken.items()}
        columns = {
            one.name: bindparam(f"{self._named}_{one.name}", type_=one.type)
            for one in self._table.c
        }
        row = {**columns, **numbers, **given}
        return (
            insert(self._table)
            .from_select(list(row), select(*row.values()).select_from(found))
            .returning(
                *self._table.primary_key.columns,
                *(self._table.c[name].label(by) for name, by in self._taken.items()),
            )
        )
