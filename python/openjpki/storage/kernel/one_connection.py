"""One connection of the pool for a piece of work that goes to the database several times.

To take one from the pool and to give it back takes as long as a statement, and a certificate goes
there three times. It is the pool's all the while: taken once, given back once, and what failed goes
back at once.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import local
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


class OneConnection:
    """What each thread's piece of work has, while it does not use it. Safe for many threads."""

    def __init__(self) -> None:
        self._of_thread = local()

    @contextmanager
    def for_all(self) -> Iterator[None]:
        """A piece of work; within itself it is the same one."""
        own = self._of_thread.__dict__
        if "kept" in own:
            yield
            return
        own["kept"] = None
        try:
            yield
        finally:
            kept: Connection | None = own.pop("kept")
            if kept is not None:
                kept.close()

    def take(self) -> Connection | None:
        """What the piece of work has; None: to be taken from the pool. Whoever goes to the database
        in the middle of a transaction gets another one."""
        own = self._of_thread.__dict__
        kept: Connection | None = own.get("kept")
        if kept is not None:
            own["kept"] = None
        return kept

    def give_back(self, connection: Connection) -> None:
        """Of which nothing failed: to the piece of work, if there is one, or to the pool."""
        own = self._of_thread.__dict__
        if own.get("kept", connection) is not None:
            connection.close()
            return
        try:
            # Of what was asked without a transaction, SQLAlchemy has one all the same.
            connection.rollback()
        except SQLAlchemyError:
            connection.close()
            raise
        own["kept"] = connection
