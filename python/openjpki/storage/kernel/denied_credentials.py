"""Credentials of the mesh that a service refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.denied_tables import denied_credentials as _denied

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeniedCredential:
    """One entry."""

    credential: str
    """A SPIFFE id, or ``sha256:`` and a certificate's fingerprint in hexadecimal."""
    cause: str
    denied_by: str
    """The operator's SPIFFE id."""
    denied_at: datetime


def add(tx: Transaction, entry: DeniedCredential) -> bool:
    """Keep an entry; False if the credential is denied already, which is left as it is."""
    return insert_if_absent(
        tx,
        _denied,
        credential=entry.credential,
        cause=entry.cause,
        denied_by=entry.denied_by,
        denied_at=entry.denied_at,
    )


def remove(tx: Transaction, credential: str) -> bool:
    """Drop an entry; whether there was one."""
    removed = tx.connection.execute(delete(_denied).where(_denied.c.credential == credential))
    return removed.rowcount == 1


def get(tx: Reading, credential: str) -> DeniedCredential | None:
    """An entry, or None."""
    found = select(_denied).where(_denied.c.credential == credential)
    row = tx.connection.execute(found).mappings().first()
    return None if row is None else DeniedCredential(**row)


def count_of(tx: Reading, operator: str) -> int:
    """Entries of an operator (SPIFFE id)."""
    return tx.connection.execute(
        select(func.count()).where(_denied.c.denied_by == operator)
    ).scalar_one()


def all_of(tx: Reading) -> list[DeniedCredential]:
    """Every entry, the newest first."""
    rows = tx.connection.execute(select(_denied)).mappings().all()
    entries = [DeniedCredential(**row) for row in rows]
    return sorted(entries, key=lambda one: (one.denied_at, one.credential), reverse=True)


def since(tx: Reading, moment: datetime) -> list[DeniedCredential]:
    """Entries from a moment on, the oldest first."""
    return [one for one in reversed(all_of(tx)) if one.denied_at >= moment]


def names(tx: Reading) -> frozenset[str]:
    """The credentials alone, as they are compared at every call."""
    return frozenset(tx.connection.execute(select(_denied.c.credential)).scalars())
