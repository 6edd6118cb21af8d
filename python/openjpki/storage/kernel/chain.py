"""Several changes in one statement, each made only if the one before it was (PostgreSQL).

A statement costs a way to the server and back, and a thread that gives the interpreter away and
waits for it again: for a certificate that is more than what the database does. SQLite, which
changes one table a statement, is in this process; there the same changes are made one by one, and
so is on PostgreSQL whatever comes after the first that was not made.

Each change reads what the one before it returned. So PostgreSQL makes them in their order, one that
waits for another transaction keeps those behind it waiting too, and locks are taken in the order in
which the changes would take them one by one. But for rows that foreign keys lead to: those are
locked when the statement ends, so nobody who holds such a row against it may wait for what a chain
changes.
"""

from __future__ import annotations

import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, null, select
from sqlalchemy.dialects import postgresql

from openjpki.storage.kernel.written import Written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import CTE, ColumnElement, Select, Table
    from sqlalchemy.sql.dml import ReturningInsert

    from openjpki.storage.kernel.transaction import Transaction


def inserted(table: Table, row: Select[Any], after: CTE) -> ReturningInsert[Any]:
    """A row for a chain, which returns its key. ``row``: every column of ``table``, in its order;
    no row where it must not be inserted. ``after``: the change before it."""
    inserting = insert(table).from_select(_names(table), row.select_from(after))
    return inserting.returning(*table.primary_key.columns)


def inserted_if_absent(
    table: Table, row: Mapping[str, ColumnElement[Any]], after: CTE | None = None
) -> ReturningInsert[Any]:
    """A row for a chain, unless a unique key forbids it. ``row``: every column, by its name."""
    values = select(*(row[name] for name in _names(table)))
    return (
        postgresql.insert(table)
        .from_select(_names(table), values if after is None else values.select_from(after))
        .on_conflict_do_nothing()
        .returning(*table.primary_key.columns)
    )


class Chain:
    """Changes that are sent together. Built once: building one takes longer than sending it."""

    def __init__(self, *changes: CTE, told: ColumnElement[Any] | None = None) -> None:
        """``changes``: in their order. ``told``: what one of them returns, if that is asked."""
        # Counted in that order too: each is carried out to its end before the next is looked at.
        counts = (select(func.count()).select_from(one).scalar_subquery() for one in changes)
        made = reduce(operator.add, counts).label("made")
        telling = null() if told is None else select(told).scalar_subquery()
        self._statement = Written(select(made, telling.label("told")))

    def make(self, tx: Transaction, values: Mapping[str, Any]) -> tuple[int, Any]:
        """How many were made, from the first on, which is none on SQLite; and what was told."""
        if tx.connection.dialect.name != "postgresql":
            return 0, None
        (row,) = self._statement.rows(tx, values)
        return row.made, row.told


def _names(table: Table) -> list[str]:
    return [column.name for column in table.c]
