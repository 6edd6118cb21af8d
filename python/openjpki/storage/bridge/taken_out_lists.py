"""Revocation lists that officers took out of the pool.

Their octets are gone. When they were made stays: a list from before one of them may lack what it
revoked, so that it answers for no moment at which the one taken out would have counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, insert, or_, select

from openjpki.storage.bridge.tables import kept_lists as _kept
from openjpki.storage.bridge.tables import taken_out_lists as _out
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_FACTS = [column.name for column in _out.c]
"""All of them are kept of a list that is kept, too."""

_LOOKED_AT = 4
"""Of the latest, so that one that can't be read does not hide the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """What the lists after it are compared with."""

    sha256: bytes
    number: int
    """cRLNumber."""
    this_update: datetime


def remember(tx: Transaction, sha256: bytes) -> None:
    """A list that is still kept is about to be taken out."""
    facts = select(*(_kept.c[name] for name in _FACTS)).where(_kept.c.sha256 == sha256)
    tx.connection.execute(insert(_out).from_select(_FACTS, facts))


def forget(tx: Transaction, sha256: bytes) -> None:
    """A list is back."""
    tx.connection.execute(delete(_out).where(_out.c.sha256 == sha256))


def newest(tx: Reading, issuer: bytes, scope: bytes) -> TakenOut | None:
    """The latest that was taken out of an issuer and scope, or None. Raises
    ``STORED_UNREADABLE``."""
    wanted = (
        select(_out)
        .where(_out.c.issuer == issuer, _out.c.scope == scope)
        .order_by(_out.c.this_update.desc(), _out.c.number.desc())
        .limit(1)
    )
    found = read_each(tx, wanted, _taken_out, table=_out, left_out=None)
    return found[0] if found else None


def find(tx: Reading, sha256: bytes) -> TakenOut | None:
    """One of them by its SHA-256, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_out).where(_out.c.sha256 == sha256)
    found = read_each(tx, wanted, _taken_out, table=_out, left_out=None)
    return found[0] if found else None


def latest(tx: Reading, *, left_out: LeftOut | None = None) -> TakenOut | None:
    """The latest of all, or None. What can't be read is told to ``left_out``, and one before it
    taken; without it, ``STORED_UNREADABLE`` is raised."""
    wanted = select(_out).order_by(_out.c.this_update.desc()).limit(_LOOKED_AT)
    found = read_each(tx, wanted, _taken_out, table=_out, left_out=left_out)
    return found[0] if found else None


def none_since(issuer: bytes, scope: bytes, at: datetime) -> ColumnElement[bool]:
    """For a query of kept lists: that none of the issuer and scope was taken out which a moment had
    in place of this one."""
    later = or_(
        _out.c.this_update > _kept.c.this_update,
        and_(_out.c.this_update == _kept.c.this_update, _out.c.number >= _kept.c.number),
    )
    of_then = _out.c.this_update <= at
    taken = _out.c.issuer == issuer, _out.c.scope == scope
    return ~select(_out.c.sha256).where(*taken, of_then, later).exists()


def drop(tx: Transaction, before: datetime) -> None:
    """Forget those whose retention period began before a moment, where nothing older is kept."""
    older = (
        select(_kept.c.sha256)
        .where(
            _kept.c.issuer == _out.c.issuer,
            _kept.c.scope == _out.c.scope,
            _kept.c.this_update <= _out.c.this_update,
        )
        .exists()
    )
    tx.connection.execute(delete(_out).where(_out.c.retained_from < before, ~older))


def _taken_out(row: StoredRow) -> TakenOut:
    return TakenOut(
        sha256=bytes(row.sha256),
        number=int.from_bytes(row.number, "big"),
        this_update=row.this_update,
    )
