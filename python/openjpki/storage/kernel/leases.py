"""Leases: which instance of a service writes for an authority (docs/leases.md).

The port. Its implementations: rows that the instances share on PostgreSQL
(:mod:`~openjpki.storage.kernel.leases_sql`), a lock on a file beside a SQLite database, which one
process has at a time (:mod:`~openjpki.storage.kernel.leases_file`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

TOKENS_SKIPPED = 1_000_000_000
"""A lease taken each second for thirty years."""

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.lease import Instance, Lease, LeaseState
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What an instance learns when it renews."""

    renewed: frozenset[Lease]
    """Those of the leases it named that are its own for another duration. One that is missing was
    lost, or its row was busy: the states tell."""
    instances: tuple[Instance, ...]
    """Those alive, the asking one among them, by name."""
    states: tuple[LeaseState, ...]
    """Of every authority, by id."""


class Leases(Protocol):
    """The leases of one service's authorities. Safe for use by many threads.

    Every method without a transaction does one of its own and raises ``SERVICE_UNAVAILABLE`` when
    the database can't be reached.
    """

    def begin(self, name: str) -> None:
        """Before anything else that the instance of this name does. Raises ``SERVICE_UNAVAILABLE``
        when there may be one process only and another one is running; it says which."""

    def renew(self, instance: Instance, held: Collection[Lease], duration: timedelta) -> Survey:
        """Say that ``instance`` is alive and keeps these leases for another ``duration``."""

    def take(
        self, instance: Instance, seen: LeaseState, duration: timedelta, *, unchanged: bool = False
    ) -> Lease | None:
        """Take a lease that nobody has, or whose time is over; None if somebody has it.

        ``unchanged``: it stands as ``seen`` for so long that nobody can be renewing it, whatever
        the database's clock says. Waits for nobody: while a transaction of the last owner is still
        open the answer is None.
        """

    def give_up(self, instance: Instance, lease: Lease) -> bool:
        """Let others have it; whether it is given up, or was lost before. False while a transaction
        under it is still open: ask again."""

    def leave(self, instance: Instance) -> None:
        """``instance`` counts no more when authorities are shared."""

    def opening(self, instance: Instance, lease: Lease) -> str | None:
        """What a transaction that writes under the lease may begin with, so that :meth:`require`
        has its answer without asking; see
        :meth:`openjpki.storage.kernel.database.Database.transaction`."""

    def require(self, tx: Transaction, instance: Instance, lease: Lease) -> None:
        """The first thing of every transaction that writes for an authority: the lease is held now,
        and nobody takes it until the transaction ends. Raises ``NOT_THE_OWNER``."""

    def exclude(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """The first thing of a transaction of an act at the console: whoever owns the authority
        writes nothing for it until the transaction ends."""

    def outdate(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """After a database was brought back from a backup: no token that anybody may have got since
        then comes again. For a transaction that began with :meth:`exclude`."""

    def state_of(self, tx: Reading, authority_id: AuthorityId) -> LeaseState | None:
        """How a lease stands; None for an authority that has none, as it is not one of this
        service's."""

    def close(self) -> None:
        """Let go of what :meth:`begin` took."""
