"""Moments on PostgreSQL that Python has not, as they are stored (``storage.kernel.as_stored``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from psycopg import DataError, adapters
from psycopg.adapt import Loader
from psycopg.pq import Format

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.abc import AdaptContext, Buffer

_MOMENT: Final = adapters.types["timestamptz"].oid
_DRIVERS: Final = cast("type[Loader]", adapters.get_loader(_MOMENT, Format.TEXT))


def moments(connection: Connection[Any]) -> None:
    """For a new connection."""
    connection.adapters.register_loader(_MOMENT, _Moments)


class _Moments(Loader):
    """The driver's own, which can't be derived from, and what it refuses."""

    format = Format.TEXT

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._load = _DRIVERS(oid, context).load

    def load(self, data: Buffer) -> Any:
        try:
            return self._load(data)
        except DataError:
            return bytes(data)
