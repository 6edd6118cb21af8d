"""A service's database with two rows in each table, in a transaction that is never committed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Column,
    MetaData,
    Table,
    and_,
    event,
    insert,
    literal_column,
    update,
)

from openjpki.storage.kernel.beginning import Beginning, begin
from openjpki.storage.kernel.engine import DatabaseOptions, make_engine
from openjpki.storage.kernel.transaction import Reading
from tests.support.plans import BARE
from tests.unit.storage.two_rows import spoilt_values, value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sqlalchemy import Connection

    from openjpki.storage.kernel.unreadable import Unreadable
    from tests.unit.storage.row_readers import Reader

_FIRST = 1


@dataclass(frozen=True)
class World:
    """A service's tables, without any constraint: rows are as somebody may make them who owns the
    schema."""

    connection: Connection
    tables: MetaData
    otherwise: Mapping[str, dict[str, object]]
    """Columns of a table whose rows hold something else than the usual."""

    def fill(self, numbers: Iterable[int]) -> None:
        """Rows of these numbers in every table."""
        for number in numbers:
            for table in self.tables.tables.values():
                self.connection.execute(insert(table).values(self._row(table, number)))

    @contextmanager
    def spoilt(self, column: Column[Any], stored: str) -> Iterator[None]:
        """The first row of a column's table, with this, as SQL has it, in the column."""
        table, first = column.table, self._row(column.table, _FIRST)
        key = [one for one in table.c if first[one.name] != self._row(table, _FIRST + 1)[one.name]]
        with self.connection.begin_nested() as spoiling:
            changed = self.connection.execute(
                update(table)
                .where(and_(*(one == first[one.name] for one in key)))
                .values({column.name: literal_column(stored)})
            )
            assert changed.rowcount == 1, f"{column}: the rows are not told apart"
            yield
            spoiling.rollback()

    def spoilt_each_way(self, column: Column[Any]) -> Iterator[str]:
        """Again and again, with everything that the database keeps there: what it is now."""
        for stored in spoilt_values(column, self.connection.dialect.name):
            with self.spoilt(column, stored):
                yield stored

    def read(self, readers: Mapping[str, Reader]) -> dict[str, Found]:
        """What each reader finds, what it was told it left out, and which tables it looked in."""
        found = {}
        tx, statements = Reading(self.connection), list[str]()

        def note(*arguments: Any) -> None:
            statements.append(arguments[2])

        event.listen(self.connection, "before_cursor_execute", note)
        for what, reader in readers.items():
            told: list[Unreadable] = []
            statements.clear()
            rows = list(reader(tx, told.append))
            words = set(re.findall(r"\w+", " ".join(statements)))
            found[what] = Found(rows, told, words & self.tables.tables.keys())
        event.remove(self.connection, "before_cursor_execute", note)
        return found

    def _row(self, table: Table, number: int) -> dict[str, object]:
        usual = {one.name: value_of(table, one, number) for one in table.columns}
        return usual | self.otherwise.get(table.name, {})


@contextmanager
def world(
    url: str, tables: MetaData, otherwise: Mapping[str, dict[str, object]]
) -> Iterator[World]:
    """An empty one, gone afterwards."""
    engine = make_engine(url, DatabaseOptions())
    bare = MetaData()
    for table in tables.tables.values():
        Table(table.name, bare, *(Column(one.name, one.type) for one in table.columns))
    try:
        with engine.connect().execution_options(**{BARE: True}) as connection:
            begin(connection, Beginning())
            bare.create_all(connection)
            yield World(connection, tables, otherwise)
            connection.rollback()
    finally:
        engine.dispose()


@dataclass(frozen=True)
class Found:
    """By one reader."""

    rows: list[object]
    told: list[Unreadable]
    tables: set[str]
