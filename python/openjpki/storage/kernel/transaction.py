"""What repositories are handed: a connection inside a transaction, typed by what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from openjpki.storage.kernel import beginning

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from openjpki.storage.kernel.beginning import Turn

T = TypeVar("T")


class Reading:
    """A transaction in which one may read."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        """For repositories in this room only."""


class Transaction(Reading):
    """A transaction in which one may also write."""

    def __init__(
        self, connection: Connection, opening: str | None = None, turn: Turn | None = None
    ) -> None:
        super().__init__(connection)
        self.opening = opening
        """The query that the transaction began with, if it began with one."""
        self.turn = turn
        """Which it waited for, if any."""
        self.token: int | None = None
        """Of the lease that the transaction is under: nobody else writes for its authority before
        another token does. None where no lease says so."""
        self._actions: list[Callable[[], None]] = []

    @property
    def found(self) -> bool:
        """Whether that query found a row."""
        return beginning.found(self.connection)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Call ``action`` once this transaction is durable; never if it rolls back."""
        self._actions.append(action)

    def committed(self) -> None:
        """Run what waits for the commit; called by the database."""
        for action in self._actions:
            action()


class Writer(Protocol):
    """Who does work in writing transactions: a database, or what lets a lease's holder write."""

    def run(self, work: Callable[[Transaction], T], *, turn: Turn | None = None) -> T:
        """See :meth:`openjpki.storage.kernel.database.Database.run`."""
