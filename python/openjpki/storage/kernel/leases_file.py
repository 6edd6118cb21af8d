"""Leases of the one process that may serve a SQLite database.

A lock on a file beside the database stands for all of them. The kernel lets go of it when the
process ends, however it ends; a process that is only paused keeps it, and nobody takes over from
one that lives. So no lease expires, and writing needs no look at its row: the rows have the tokens
alone, that an authority's calls may be told from those of an earlier process.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from openjpki.domain.lease import Instance, Lease, LeaseState, not_the_owner
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.lease_tables import leases as _leases
from openjpki.storage.kernel.leases import TOKENS_SKIPPED, Survey
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta
    from pathlib import Path

    from sqlalchemy import Row

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_OWNER_ONLY = 0o600
_MOST = 200
"""Octets of what the file says of its holder."""


class FileLeases:
    """See :class:`openjpki.storage.kernel.leases.Leases`."""

    def __init__(self, database: Database, file: Path, *, left_out: LeftOut | None = None) -> None:
        """``left_out``: told of a lease of what is no authority to this release."""
        self._database = database
        self._left_out = left_out
        self._file = file
        self._lock: int | None = None
        """The open file, while the lock is ours."""

    def begin(self, name: str) -> None:
        """Raises ``SERVICE_UNAVAILABLE`` when another process serves this database."""
        if self._lock is not None:
            return
        lock = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _served(os.pread(lock, _MOST, 0)) from None
        else:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{name} {os.getpid()}\n".encode(), 0)
            self._lock, lock = lock, -1
        finally:
            if lock >= 0:
                os.close(lock)

    def close(self) -> None:
        """The next process may begin."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def renew(self, instance: Instance, held: Collection[Lease], duration: timedelta) -> Survey:
        """Whether the file is still the one that was locked: somebody may have put another one
        there, or the whole folder away."""
        del duration
        with self._database.reading() as tx:
            wanted = select(_leases).order_by(_leases.c.authority_id)
            states = read_each(tx, wanted, _state, table=_leases, left_out=self._left_out)
        return Survey(
            renewed=frozenset(held) if self._is_ours() else frozenset(),
            instances=(instance,),
            states=tuple(states),
        )

    def take(
        self, instance: Instance, seen: LeaseState, duration: timedelta, *, unchanged: bool = False
    ) -> Lease | None:
        """Whoever the row names is gone: the lock is ours."""
        del instance, duration, unchanged
        if not self._is_ours():
            return None
        with self._database.transaction() as tx:
            token = tx.connection.execute(
                update(_leases)
                .where(_leases.c.authority_id == seen.authority_id)
                .values(token=_leases.c.token + 1)
                .returning(_leases.c.token)
            ).scalar()
        return None if token is None else Lease(seen.authority_id, token)

    def give_up(self, instance: Instance, lease: Lease) -> bool:
        """Nobody else can have it before :meth:`close`."""
        del instance, lease
        return True

    def leave(self, instance: Instance) -> None:
        """Nobody else is there."""

    def opening(self, instance: Instance, lease: Lease) -> None:
        """Nothing is asked."""
        del instance, lease

    def require(self, tx: Transaction, instance: Instance, lease: Lease) -> None:
        """No statement: SQLite is written by the process with the lock alone, consoles excepted. A
        file put in its place could be another process's lock."""
        del tx, instance
        if not self._is_ours():
            raise not_the_owner(lease.authority_id, None, "is no longer this instance's")

    def exclude(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """A writing transaction of SQLite excludes every other one; makes the row of an authority
        that is new."""
        insert_if_absent(tx, _leases, authority_id=authority_id, token=0)

    def outdate(self, tx: Transaction, authority_id: AuthorityId) -> None:
        """The rows have the tokens alone."""
        tx.connection.execute(
            update(_leases)
            .where(_leases.c.authority_id == authority_id)
            .values(token=_leases.c.token + TOKENS_SKIPPED)
        )

    def state_of(self, tx: Reading, authority_id: AuthorityId) -> LeaseState | None:
        """As it stands."""
        row = tx.connection.execute(
            select(_leases).where(_leases.c.authority_id == authority_id)
        ).one_or_none()
        return None if row is None else _state(row)

    def _is_ours(self) -> bool:
        if self._lock is None:
            return False
        try:
            there = self._file.stat()
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(self._lock))


def _state(row: Row[Any] | StoredRow) -> LeaseState:
    return LeaseState(
        authority_id=row.authority_id, token=row.token, owner=None, expires_at=None, expired=False
    )


def _served(said: bytes) -> OpenJpkiError:
    name, _, process = said.decode("ascii", "replace").strip().partition(" ")
    return OpenJpkiError(
        Reason.SERVICE_UNAVAILABLE,
        f"instance {name or '?'} (process {process or '?'}) serves this database already; "
        "end it first, or use PostgreSQL for several",
        field="database.url",
        owner=name,
    )
