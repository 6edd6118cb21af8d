"""Rows that a revision reads: one that it can't be brought forward by stops it, by its name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason, kind_of
from openjpki.storage.kernel.unreadable import NOT_READ, shown

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reading(table: str, row: object) -> Iterator[None]:
    """For one row, by its key. Raises ``STORED_UNREADABLE``: nothing is left out on the way to
    another schema, where nobody could bring it back from."""
    try:
        yield
    except NOT_READ as error:
        raise OpenJpkiError(
            Reason.STORED_UNREADABLE,
            f"row {shown(row)} of {table} can't be read; the schema stays as it was",
            table=table,
            row=shown(row),
            rule=kind_of(error),
        ) from error
