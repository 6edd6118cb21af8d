"""Rows numbered in one order without gaps: a number is taken where the last one stands, and the row
that has it is inserted.

Where the number stands is one row, which each writer holds until its commit: so the order of the
numbers is the order in which the rows became durable, and a transaction that is undone leaves no
gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import CTE, CompoundSelect, Insert, Row, Select, Table
    from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Rows of another table that belong to a numbered one, and are sent together with it."""

    table: Table
    rows: CompoundSelect[Any]
    """Every column of ``table``, in its order. Built once: for each there is a statement that is
    kept."""
    values: Mapping[str, Any]
    """Parameters of ``rows``."""
    inserted: Callable[[Transaction, int], None]
    """Told how many rows were inserted. What it raises undoes the transaction."""


class Numbered:
    """How the rows of one table get their numbers. One statement on PostgreSQL, which saves a way
    to the server and back; SQLite, which changes one table a statement, takes two."""

    def __init__(
        self, table: Table, taking: ReturningUpdate[Any], taken: Mapping[str, str]
    ) -> None:
        """``taking``: the statement that takes a number; ``taken``: columns of ``table``, each with
        the column that ``taking`` returns for it."""
        self._table = table
        self._taking = taking
        self._taken = taken
        self._inserting = insert(table)
        self._at_once = _at_once(table, taking.cte("taken"), taken)

    def insert(
        self,
        tx: Transaction,
        where: Mapping[str, Any],
        row: Mapping[str, Any],
        beside: Beside | None = None,
    ) -> Row[Any] | None:
        """What was taken, by the names that ``taking`` returns it under; None, and no row is
        inserted, nor one beside it, where the row with the last number is not there.

        ``where``: parameters of ``taking``. ``row``: the other columns, by their names.
        """
        if tx.connection.dialect.name == "postgresql":
            values = {**where, **{f"row_{name}": value for name, value in row.items()}}
            if beside is None:
                return tx.connection.execute(self._at_once, values).first()
            together = _together(self, beside.table, beside.rows)
            taken = tx.connection.execute(together, {**values, **beside.values}).first()
            if taken is not None:
                beside.inserted(tx, taken.beside)
            return taken
        taken = tx.connection.execute(self._taking, dict(where)).first()
        if taken is not None:
            numbers = {name: taken._mapping[by] for name, by in self._taken.items()}  # noqa: SLF001 - public, despite its name
            tx.connection.execute(self._inserting, {**row, **numbers})
            if beside is not None:
                inserting = _inserting(beside.table, beside.rows)
                inserted = tx.connection.execute(inserting, dict(beside.values))
                beside.inserted(tx, inserted.rowcount)
        return taken

    def with_rows(self, table: Table, rows: CompoundSelect[Any]) -> ReturningInsert[Any]:
        """For PostgreSQL: the one statement that inserts other rows too; ``beside``: how many."""
        found = self._taking.cte("taken")
        others = select(rows.subquery()).where(select(found).exists())
        inserted = _of_select(table, others).returning(table.c[table.c.keys()[0]]).cte("beside")
        count = select(func.count()).select_from(inserted).scalar_subquery()
        return _at_once(self._table, found, self._taken).returning(count.label("beside"))


# Built once for each: building a statement takes longer than sending it.
@cache
def _together(numbered: Numbered, table: Table, rows: CompoundSelect[Any]) -> ReturningInsert[Any]:
    return numbered.with_rows(table, rows)


@cache
def _inserting(table: Table, rows: CompoundSelect[Any]) -> Insert:
    return _of_select(table, rows).execution_options(preserve_rowcount=True)


def _of_select(table: Table, rows: Select[Any] | CompoundSelect[Any]) -> Insert:
    return insert(table).from_select([column.name for column in table.c], rows)


def _at_once(table: Table, found: CTE, taken: Mapping[str, str]) -> ReturningInsert[Any]:
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
