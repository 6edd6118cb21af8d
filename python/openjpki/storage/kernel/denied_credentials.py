"""Credentials of the mesh that a service refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.denied_tables import denied_credentials as _denied
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, read_each, rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


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
    """An entry, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_denied).where(_denied.c.credential == credential)
    found = read_each(tx, wanted, _entry, table=_denied, left_out=None)
    return found[0] if found else None


def who_denied(tx: Reading, credential: str) -> str | None:
    """The operator's SPIFFE id, or None where it is not denied; whatever else can't be read."""
    wanted = select(_denied.c.denied_by).where(_denied.c.credential == credential)
    found = tx.connection.execute(wanted).scalar()
    return None if found is None else str(found)


def count_of(tx: Reading, operator: str) -> int:
    """Entries of an operator (SPIFFE id)."""
    return tx.connection.execute(
        select(func.count()).where(_denied.c.denied_by == operator)
    ).scalar_one()


def all_of(tx: Reading, *, left_out: LeftOut | None = None) -> list[DeniedCredential]:
    """Every entry, the newest first. ``left_out``: told of one that can't be read; its credential
    is refused all the same (:func:`names`)."""
    found = read_each(tx, select(_denied), _entry, table=_denied, left_out=left_out)
    return sorted(found, key=lambda one: (one.denied_at, one.credential), reverse=True)


def since(tx: Reading, moment: datetime, *, left_out: LeftOut) -> list[tuple[str, str | None]]:
    """Credentials denied from a moment on, the oldest first, each with its cause.

    Of one whose entry can't be read it is known that it is denied: it is among them, whenever that
    was and without a cause, and told to ``left_out``.
    """
    found: list[tuple[str, str | None]] = []
    readable: list[DeniedCredential] = []
    for row in rows_of(tx, select(_denied)):
        try:
            readable.append(_entry(row))
        except NOT_READ as error:
            left_out(Unreadable.of(_denied.name, row.key_in(_denied), error))
            found.append((str(row.stored("credential")), None))
    readable.sort(key=lambda one: (one.denied_at, one.credential))
    return found + [(one.credential, one.cause) for one in readable if one.denied_at >= moment]


def names(tx: Reading) -> frozenset[str]:
    """The credentials alone, as they are compared at every call."""
    return frozenset(tx.connection.execute(select(_denied.c.credential)).scalars())


def _entry(row: StoredRow) -> DeniedCredential:
    return DeniedCredential(
        credential=row.credential,
        cause=row.cause,
        denied_by=row.denied_by,
        denied_at=row.denied_at,
    )
