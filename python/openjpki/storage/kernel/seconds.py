"""Moments as whole seconds since 1970 UTC, of more rows than Python makes a moment for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, case, cast, func, literal_column

from openjpki.storage.kernel.unreadable import maker_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Dialect


@dataclass(frozen=True, slots=True)
class WholeSeconds:
    """How a column of moments is asked for and read as seconds; fractions are cut off."""

    asked: ColumnElement[Any]
    """To be selected; named as the column."""
    of: Callable[[Any], int]
    """Of what was found for a row. Where that is no moment it raises one of
    :data:`~openjpki.storage.kernel.unreadable.NOT_READ`."""


def whole_seconds(column: Column[datetime], dialect: Dialect) -> WholeSeconds:
    """Counted by PostgreSQL, which has a function for it; of SQLite's text here."""
    if dialect.name == "postgresql":
        since = func.date_part(literal_column("'epoch'"), column)
        # Of infinity there is no whole number: to make one would end the statement for all rows.
        counted = case((func.isfinite(column), cast(func.trunc(since), BigInteger)))
        return WholeSeconds(counted.label(column.name), int)
    moment = maker_of(column, dialect)
    return WholeSeconds(column, lambda stored: int(moment(stored).timestamp()))
