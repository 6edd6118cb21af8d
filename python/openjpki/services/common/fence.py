"""The one way to write for an authority: through the fence that its lease is (docs/leases.md)."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.leases import Leases
    from openjpki.storage.kernel.transaction import Transaction, Writer

T = TypeVar("T")


class Fence(Protocol):
    """Lets those write for an authority who may."""

    def writing(self, authority_id: AuthorityId) -> AbstractContextManager[Writer]:
        """Whoever writes for the authority, for the length of one piece of work.

        All transactions of the writer are under one token: they succeed as long as nobody else had
        the lease in between. Raises ``NOT_THE_OWNER``, here and in each transaction, and
        ``AUTHORITY_NOT_FOUND``.
        """

    def held(self) -> Sequence[AuthorityId]:
        """The authorities whose tasks are to be done here, in order."""


@dataclass(frozen=True, slots=True)
class Console:
    """Acts on the service's own machine, beside whoever holds the leases.

    Each transaction has the authority for itself: its owner's wait meanwhile. What it decides by,
    it reads in it.
    """

    database: Database
    leases: Leases

    @contextmanager
    def writing(self, authority_id: AuthorityId) -> Iterator[Writer]:
        """Asks nobody; an authority that is being made has no lease yet."""
        yield _ConsoleWriter(self, authority_id)

    def outdate(self, authority_id: AuthorityId) -> None:
        """After a database was brought back from a backup: whoever got a lease since then, and was
        only paused, writes nothing more."""
        with self.writing(authority_id) as writer:
            writer.run(lambda tx: self.leases.outdate(tx, authority_id))

    def held(self) -> Sequence[AuthorityId]:
        """None: a console does no tasks."""
        return ()


@dataclass(frozen=True, slots=True)
class _ConsoleWriter:
    console: Console
    authority_id: AuthorityId

    def run(self, work: Callable[[Transaction], T], *, turn: Turn | None = None) -> T:
        def alone(tx: Transaction) -> T:
            self.console.leases.exclude(tx, self.authority_id)
            return work(tx)

        return self.console.database.run(alone, turn=turn)
