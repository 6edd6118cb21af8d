"""A row that takes a row of another table along: both are inserted, or what must then be undone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Insert, Select, Table

    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A row of another table that belongs to a row."""

    table: Table
    row: Select[Any]
    """Every column of ``table``, in its order; no row where it must not be inserted. Built once:
    for each there is a statement that is kept."""
    values: Mapping[str, Any]
    """Parameters of ``row``."""
    refuse: Callable[[Transaction], None]
    """Raises why there was no row, which undoes the transaction."""


def insert_with(tx: Transaction, table: Table, beside: Beside, **values: Any) -> bool:
    """As :func:`~openjpki.storage.kernel.columns.insert_if_absent`, with what stands beside the
    row; whether both were inserted.

    If not, the row may be there by itself, which whoever asked for it finds out: then
    ``beside.refuse`` is to be called.
    """
    if not insert_if_absent(tx, table, **values):
        return False
    inserting = _inserting(beside.table, beside.row)
    return tx.connection.execute(inserting, dict(beside.values)).rowcount == 1


# Built once for each: building a statement takes longer than sending it.
@cache
def _inserting(other: Table, row: Select[Any]) -> Insert:
    return (
        insert(other)
        .from_select([column.name for column in other.c], row)
        .execution_options(preserve_rowcount=True)
    )
