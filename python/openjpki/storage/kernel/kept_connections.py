"""Connections that stay out of the engine's pool between two transactions.

To take a connection from SQLAlchemy's pool and to give it back makes several objects, tells whoever
listens and has the connection reset: for a certificate, which needs one three times, that takes as
long as sending its statements. One that is kept here stays taken, as far as the pool knows. It is
still the pool that makes each, counts them, and drops those that were lost.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from openjpki.storage.kernel.connecting import Session

_KEPT_FOR: Final = 60.0
"""Seconds after which one goes through the pool again, which looks whether it is to be renewed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A connection that is in use, or kept."""

    connection: Connection
    until: float
    """When it is to go through the pool again."""
    age: int
    """How often connections had been lost when it came from the pool."""


class KeptConnections:
    """Of one engine. Safe for use by many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite's files may be replaced or become read-only, at which its pool looks each time.
        self._keeps = engine.dialect.name == "postgresql"
        self._lock = Lock()
        self._kept: list[Taken] = []
        """Those used last come last, and are taken first: what is not needed gets old."""
        self._asking = 0
        """Threads that are at the pool, where they may wait: then nothing is kept from it."""
        self._age = 0

    @property
    def in_use(self) -> int:
        """How many of the pool's are neither there nor kept."""
        pool = self._engine.pool
        taken = pool.checkedout() if isinstance(pool, QueuePool) else 0
        return max(taken - len(self._kept), 0)

    def take(self) -> Taken:
        """One that is kept, or else the pool's next. Raises as the engine does."""
        while True:
            with self._lock:
                age = self._age
                kept = self._kept.pop() if self._kept else None
                if kept is None:
                    self._asking += 1
                    break
            if monotonic() < kept.until:
                return kept
            self._return(kept)
        try:
            return Taken(self._engine.connect(), monotonic() + _KEPT_FOR, age)
        finally:
            with self._lock:
                self._asking -= 1

    def give_back(self, taken: Taken) -> None:
        """Keep one that did what was asked, or have the pool take it. Raises as SQLAlchemy does."""
        try:
            if self._keeps and _is_at_rest(taken.connection):
                with self._lock:
                    if taken.age == self._age and not self._asking:
                        self._kept.append(taken)
                        return
        except BaseException:
            self.drop(taken)
            raise
        taken.connection.close()

    def drop(self, taken: Taken) -> None:
        """Have the pool take one on which something failed: it is that which is told, and not that
        its transaction could not be ended either, at which the pool drops the connection."""
        if taken.connection.invalidated:
            # The pool makes all anew that it made before, which those that are kept do not hear.
            self.let_go()
        with suppress(SQLAlchemyError):
            taken.connection.close()

    def let_go(self) -> None:
        """Give the pool all that are kept, and those that are in use when they are given back."""
        with self._lock:
            self._age += 1
            kept, self._kept = self._kept, []
        for one in kept:
            self._return(one)

    def _return(self, one: Taken) -> None:
        with suppress(SQLAlchemyError):
            one.connection.close()


def _is_at_rest(connection: Connection) -> bool:
    """Whether it is as one of the pool's would be that is taken next."""
    if connection.invalidated:
        return False
    # SQLAlchemy has a transaction still where there was nothing to commit.
    connection.rollback()
    session = cast("Session", connection.connection.dbapi_connection)
    if session.is_open:
        return False
    session.end()
    return True
