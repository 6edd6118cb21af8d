"""Rows that this program can't read, among others that it can.

An older release wrote them by other rules, a newer one has kinds unknown here, or somebody was in
the database. Who lists rows may leave such a one out, and says so; who decides by them must not,
since what is left out may be what says no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Boolean, Column, Integer, LargeBinary, Text, type_coerce
from sqlalchemy.types import NULLTYPE

from openjpki.errors import OpenJpkiError, Reason, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Dialect, Select, Table
    from sqlalchemy.types import TypeEngine

    from openjpki.storage.kernel.transaction import Reading

_Read = TypeVar("_Read")

NOT_READ: Final = (
    OpenJpkiError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
)
"""What values raise that a row's columns make none of; of another type, they lack its methods."""
NOT_MADE: Final = (ValueError, TypeError, KeyError, AttributeError, OverflowError)
"""The same, of rows that are fetched as values of their columns' types: nothing there refuses."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One such row."""

    table: str
    row: str
    """Its key, as it is in the database."""
    rule: str
    """What it breaks: an exception's name, or a reason's. No value, which may be personal."""

    @classmethod
    def of(cls, table: str, row: str, error: Exception) -> Unreadable:
        """For one of :data:`NOT_READ`."""
        return cls(table, row, kind_of(error))

    @classmethod
    def of_refusal(cls, refusal: OpenJpkiError) -> Unreadable:
        """Which one :func:`not_readable` was about."""
        return cls(refusal.stored["table"], refusal.stored["key"], refusal.stored["rule"])


def not_readable(one: Unreadable) -> OpenJpkiError:
    """What whoever decides by such a row is told. No fault of the caller's: what was asked for can
    be asked again when the row was put right. Which it is, the service's own log says."""
    refusal = OpenJpkiError(Reason.STORED_UNREADABLE, f"a row of {one.table} can't be read")
    refusal.stored = {"table": one.table, "key": one.row, "rule": one.rule}
    return refusal


Maker = Callable[[Any], Any]
LeftOut = Callable[[Unreadable], None]
"""Who is told of a row that was left out."""


class StoredRow:
    """A row as the database has it: a column becomes a value of its type when it is asked for.

    So what can't become one raises there, and not where rows are fetched, which would end them all.
    """

    __slots__ = ("_made_by", "_stored")

    def __init__(self, stored: Mapping[str, Any], made_by: Mapping[str, Maker]) -> None:
        self._stored = stored
        self._made_by = made_by

    def __getattr__(self, column: str) -> Any:
        value = self._stored[column]
        make = self._made_by.get(column)
        return value if make is None else make(value)

    def stored(self, column: str) -> Any:
        """What the driver gave for a column."""
        return self._stored[column]

    def key_in(self, table: Table) -> str:
        """What the log calls it: as much of the table's primary key as was asked for."""
        named = [one.name for one in table.primary_key if one.name in self._stored]
        return "/".join(shown(self._stored[name]) for name in named)


def rows_of(
    tx: Reading,
    statement: Select[Any],
    parameters: Mapping[str, object] | None = None,
    *,
    at_once: int | None = None,
) -> Iterator[StoredRow]:
    """The rows of a statement, none of which keeps another from being fetched.

    ``at_once``: how many come from the database at a time; all where it is None.
    """
    stored, made_by = _plain(tx, statement)
    if at_once is not None:
        stored = stored.execution_options(yield_per=at_once)
    for row in tx.connection.execute(stored, parameters).mappings():
        yield StoredRow(dict(row), made_by)


class PlainPages:
    """Pages of rows as the database has them: for so many that a :class:`StoredRow` of each would
    cost too much."""

    def __init__(self, pages: Iterator[Sequence[Any]], made_by: dict[str, Maker]) -> None:
        self._pages = pages
        self._made_by = made_by

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return self._pages

    def made_by(self, column: str) -> Maker:
        """What makes a value of this column's type; raises one of :data:`NOT_READ`."""
        return self._made_by.get(column, _as_it_is)


def plain_pages_of(
    tx: Reading,
    statement: Select[Any],
    parameters: Mapping[str, object] | None = None,
    *,
    at_once: int,
) -> PlainPages:
    """The rows of a statement, so many at a time."""
    stored, made_by = _plain(tx, statement)
    result = tx.connection.execute(stored.execution_options(yield_per=at_once), parameters)
    return PlainPages(result.partitions(), made_by)


def _plain(tx: Reading, statement: Select[Any]) -> tuple[Select[Any], dict[str, Maker]]:
    """The statement whose columns have no types, and what makes values of theirs."""
    dialect = tx.connection.dialect
    columns = list(statement.selected_columns)
    made_by = {str(one.name): _maker_of(one, dialect) for one in columns}
    stored: Any = statement.with_only_columns(
        *(type_coerce(one, NULLTYPE).label(one.name) for one in columns), maintain_column_froms=True
    )
    return stored, made_by


def _maker_of(column: ColumnElement[Any], dialect: Dialect) -> Maker:
    made = _maker_of_type(column.type, dialect)
    if isinstance(column, Column) and not column.nullable:
        return partial(_present, made)
    return made


def _present(make: Maker, value: Any) -> Any:
    """Whoever may change the schema may leave out a value that is always there."""
    if value is None:
        raise TypeError("is not there")
    return make(value)


def _maker_of_type(of: TypeEngine[Any], dialect: Dialect) -> Maker:
    if isinstance(of, Boolean):
        return flag
    made = of.dialect_impl(dialect).result_processor(dialect, None)
    if made is not None:
        return made
    for kind, python in _PLAIN.items():
        if isinstance(of, kind):
            return partial(_none_or_of_kind, python)
    return _as_it_is


_PLAIN: dict[type[TypeEngine[Any]], type] = {Text: str, LargeBinary: bytes, Integer: int}


def flag(value: Any) -> bool | None:
    """As it is stored: SQLAlchemy takes whatever is not nothing for true."""
    if value is not None and value not in {0, 1}:
        raise ValueError("neither true nor false")
    return None if value is None else bool(value)


def _none_or_of_kind(kind: type, value: Any) -> Any:
    """SQLite keeps in a column whatever somebody puts there, of another type too."""
    return None if value is None else of_kind(kind, value)


def of_kind(kind: type[_Read], value: Any) -> _Read:
    """A value that is always there, of a row that is fetched as values of its columns' types: most
    columns take whatever SQLite keeps. Raises ``TypeError``."""
    if not isinstance(value, kind):
        raise TypeError("of another type")
    return value


def _as_it_is(value: Any) -> Any:
    return value


def each_of(
    rows: Iterable[StoredRow],
    read: Callable[[StoredRow], _Read],
    *,
    table: Table,
    left_out: LeftOut | None,
) -> Iterator[_Read]:
    """Each row by ``read``, in their order. One that can't be read is told to ``left_out``; without
    it, ``STORED_UNREADABLE`` is raised. ``read`` asks the database nothing: its absence would look
    like a row's fault."""
    for row in rows:
        try:
            made = read(row)
        except NOT_READ as error:
            unreadable = Unreadable.of(table.name, row.key_in(table), error)
            if left_out is None:
                raise not_readable(unreadable) from error
            left_out(unreadable)
        else:
            yield made


def read_each(
    tx: Reading,
    statement: Select[Any],
    read: Callable[[StoredRow], _Read],
    *,
    table: Table,
    left_out: LeftOut | None,
) -> list[_Read]:
    """As :func:`each_of`, of a statement's rows. ``table``: whose rows they are."""
    return list(each_of(rows_of(tx, statement), read, table=table, left_out=left_out))


def read_one(
    tx: Reading, statement: Select[Any], read: Callable[[StoredRow], _Read], *, table: Table
) -> _Read | None:
    """The row of a statement that finds one, or None. Raises ``STORED_UNREADABLE``."""
    found = read_each(tx, statement, read, table=table, left_out=None)
    return found[0] if found else None


def shown(value: object) -> str:
    """A key's column, as the log has it."""
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
