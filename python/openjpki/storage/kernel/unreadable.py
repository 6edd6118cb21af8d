"""Rows that this program can't read, among others that it can.

An older release wrote them by other rules, a newer one has kinds unknown here, or somebody was in
the database. Who lists rows may leave such a one out, and says so; who decides by them must not,
since what is left out may be what says no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from openjpki.errors import OpenJpkiError, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Row = TypeVar("_Row")
_Read = TypeVar("_Read")

NOT_READ: Final = (OpenJpkiError, ValueError, TypeError, KeyError)
"""What values raise that a row's columns make none of."""


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


def read_each(
    rows: Iterable[_Row],
    read: Callable[[_Row], _Read],
    *,
    table: str,
    key: Callable[[_Row], str],
    left_out: Callable[[Unreadable], None] | None,
) -> list[_Read]:
    """Each row by ``read``, in their order. One that can't be read is told to ``left_out``; without
    it, it raises what ``read`` raises. ``read`` asks the database nothing: its absence would look
    like a row's fault."""
    found: list[_Read] = []
    for row in rows:
        try:
            found.append(read(row))
        except NOT_READ as error:
            if left_out is None:
                raise
            left_out(Unreadable.of(table, key(row), error))
    return found
