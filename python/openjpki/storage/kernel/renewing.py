"""Connections of a pool are made anew from time to time: the new one first, then the old one ends.

The pool's own way ends the old one first. Where a server has no connection left, that gives what an
instance holds to strangers, one after the other.
"""

from __future__ import annotations

from threading import local
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from openjpki.errors import OpenJpkiError

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.pool import ConnectionPoolEntry

_MADE, _NEW = "openjpki_made", "openjpki_new"
_TRIED_AGAIN = 60.0
"""Seconds after which it is tried again where no new one was made."""


def renew(engine: Engine, *, after: float) -> None:
    """Has connections of the engine's pool be replaced when they are taken from it, ``after`` so
    many seconds. One that can't be replaced stays in use."""
    ready = local()
    how: dict[str, Any] = {}

    @event.listens_for(engine, "do_connect")
    def _make(_dialect: object, _entry: object, arguments: Any, parameters: Any) -> Any:
        how.update(arguments=arguments, parameters=parameters)
        made, ready.made = getattr(ready, "made", None), None
        return made

    @event.listens_for(engine, "connect")
    def _note(_connection: object, entry: ConnectionPoolEntry) -> None:
        entry.info[_MADE] = monotonic()
        entry.info[_NEW] = True

    @event.listens_for(engine, "checkout")
    def _replace(_connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
        if entry.info.pop(_NEW, False) or monotonic() - entry.info[_MADE] < after:
            return
        entry.info[_MADE] += _TRIED_AGAIN
        try:
            ready.made = engine.dialect.connect(*how["arguments"], **how["parameters"])
        except (engine.dialect.loaded_dbapi.Error, OpenJpkiError):
            return
        # The pool ends the old one, and asks for another.
        raise DisconnectionError
