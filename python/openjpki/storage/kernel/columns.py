"""Column types that mean the same on both databases, and statements both understand."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from sqlalchemy import Column, Dialect, Insert, Table, TextClause

    from openjpki.storage.kernel.transaction import Transaction

Bytes = LargeBinary
"""Octets: BLOB, bytea."""

String = Text
"""Text without a length: lengths are rules of the domain, checked at the edge."""

BigNumber = BigInteger().with_variant(Integer(), "sqlite")
"""A signed 64-bit number; SQLite's INTEGER is one."""


class UtcTime(TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps it as text that sorts as time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; SQLite has no place for the zone, so it is UTC there."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class AuthorityIdColumn(TypeDecorator[AuthorityId]):
    """Which authority, kept as the text of its id."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: AuthorityId | None, dialect: Dialect) -> str | None:
        """Write the text."""
        del dialect
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> AuthorityId | None:
        """Read it; a text that is no id was not written by this program (``INVALID_FIELD``)."""
        del dialect
        return None if value is None else AuthorityId.parse(value)


def holds(column: Column[bool]) -> TextClause:
    """A condition that a Boolean column is true, written as partial indexes write it.

    SQLAlchemy writes ``live = 1`` for SQLite, which has no type of that name; an index of the rows
    ``WHERE live`` is not used for that.
    """
    return text(f"{column.table.name}.{column.name}")


def new_metadata() -> MetaData:
    """Metadata whose constraints all have names, so that migrations can speak of them."""
    return MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def insert_if_absent(tx: Transaction, table: Table, **values: Any) -> bool:
    """Insert a row unless a unique key forbids it; whether it was inserted.

    Unlike a caught error this leaves a PostgreSQL transaction usable, and there it waits for
    another transaction that is inserting the same key.
    """
    statement = _inserting_if_absent(table, tx.connection.dialect.name)
    inserted = tx.connection.execute(statement, values).rowcount
    if inserted not in {0, 1}:
        raise OpenJpkiError(Reason.INTERNAL, "the driver does not say whether a row was inserted")
    return inserted == 1


@cache
def _inserting_if_absent(table: Table, dialect: str) -> Insert:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    # The count costs less than a row that comes back; SQLAlchemy keeps it only where asked to.
    return insert(table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
