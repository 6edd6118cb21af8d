"""`openjpki`, whose ca holds no leases and checks none: what the row lease_overhead compares with.

Sound for one process alone; a benchmark starts no second one.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from openjpki.cli.main import main
from openjpki.services.ca import service
from openjpki.storage.ca import authorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction, Writer

T = TypeVar("T")

_MADE_BY = "lease_keeper_of"
"""In the module of the service: what its keeper of leases is made by."""


class NoLeases:
    """In place of :class:`openjpki.services.common.lease_keeper.LeaseKeeper`."""

    def __init__(self, database: Database, *_: object) -> None:
        self._database = database

    def start(self, *_: object) -> None:
        """Nothing is taken."""

    def stop(self) -> None:
        """Nothing is given away."""

    @contextmanager
    def writing(self, _: AuthorityId) -> Iterator[Writer]:
        """Whoever asks."""
        yield self

    def held(self) -> Sequence[AuthorityId]:
        """All."""
        with self._database.reading() as tx:
            return [record.authority_id for record in authorities.all_of(tx)]

    def run(self, work: Callable[[Transaction], T], *, turn: Turn | None = None) -> T:
        """A transaction without a check."""

        def alone(tx: Transaction) -> T:
            # Nobody else ever writes: what an owner keeps in memory holds here as well.
            tx.token = 1
            return work(tx)

        return self._database.run(alone, turn=turn)


if __name__ == "__main__":
    if _MADE_BY not in vars(service):
        # It would hold leases after all, and the row compare it with itself.
        raise AttributeError(f"{service.__name__} has no {_MADE_BY}")
    vars(service)[_MADE_BY] = NoLeases
    main()
