"""Revocation lists of others: the newest of each issuer and scope, and those it superseded, which
answer for their time.

A list's octets are read by its SHA-256, one list at a time: it may have 64 MiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from openjpki.storage.bridge.tables import kept_lists as _kept
from openjpki.storage.bridge.tables import pool_lists as _newest
from openjpki.storage.kernel.columns import insert_if_absent

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from openjpki.storage.kernel.transaction import Reading, Transaction

_NUMBER = 20
_OF_ONE_TIME = 4
"""So many lists of one issuer and scope at one time: the latest counts, and those before it where
its signature or number does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptList:
    """What is known of a list without reading it."""

    sha256: bytes
    issuer: bytes
    """SHA-256 of name and key of whoever signed it."""
    scope: bytes
    """What it speaks of, SHA-256; also whether it is a delta list."""
    number: int
    """cRLNumber, at most 20 octets; 0 where it can't be read."""
    this_update: datetime
    next_update: datetime
    retained_from: datetime
    """When its retention period begins."""
    partner_id: str | None
    """Who handed it in; None for lists of authorities here."""
    octets: int


_FACTS = [column for column in _kept.c if column.name != "list"]


def find_newest(tx: Reading, issuer: bytes, scope: bytes) -> KeptList | None:
    """The newest list of an issuer and scope, or None."""
    row = tx.connection.execute(
        select(*_FACTS)
        .join(_newest, _newest.c.sha256 == _kept.c.sha256)
        .where(_newest.c.issuer == issuer, _newest.c.scope == scope)
    ).first()
    return None if row is None else _facts(row)


def newest(tx: Reading) -> list[KeptList]:
    """The newest list of each issuer and scope."""
    rows = tx.connection.execute(
        select(*_FACTS)
        .join(_newest, _newest.c.sha256 == _kept.c.sha256)
        .order_by(_newest.c.issuer, _newest.c.scope)
    )
    return [_facts(row) for row in rows]


def of_time(tx: Reading, at: datetime) -> list[KeptList]:
    """Those of each issuer and scope that were valid at a time, the latest first."""
    pairs = tx.connection.execute(
        select(_newest.c.issuer, _newest.c.scope).order_by(_newest.c.issuer, _newest.c.scope)
    ).all()
    found: list[KeptList] = []
    for pair in pairs:
        rows = tx.connection.execute(
            select(*_FACTS)
            .where(
                _kept.c.issuer == pair.issuer,
                _kept.c.scope == pair.scope,
                _kept.c.this_update <= at,
            )
            .order_by(_kept.c.this_update.desc())
            .limit(_OF_ONE_TIME)
        )
        found += [_facts(row) for row in rows if row.next_update > at]
    return found


def find(tx: Reading, sha256: bytes) -> KeptList | None:
    """A list by its SHA-256, or None."""
    row = tx.connection.execute(select(*_FACTS).where(_kept.c.sha256 == sha256)).first()
    return None if row is None else _facts(row)


def der_of(tx: Reading, sha256: bytes) -> bytes | None:
    """Its octets, DER; None if it is not kept."""
    found = tx.connection.execute(select(_kept.c.list).where(_kept.c.sha256 == sha256)).scalar()
    return None if found is None else bytes(found)


def keep(tx: Transaction, newest: KeptList, der: bytes) -> None:
    """Keep a list as the newest of its issuer and scope; the one it replaces stays."""
    insert_if_absent(
        tx,
        _kept,
        sha256=newest.sha256,
        issuer=newest.issuer,
        scope=newest.scope,
        number=newest.number.to_bytes(_NUMBER, "big"),
        this_update=newest.this_update,
        next_update=newest.next_update,
        retained_from=newest.retained_from,
        partner_id=newest.partner_id,
        octets=newest.octets,
        list=der,
    )
    insert_if_absent(tx, _newest, issuer=newest.issuer, scope=newest.scope, sha256=None)
    tx.connection.execute(
        update(_newest)
        .where(_newest.c.issuer == newest.issuer, _newest.c.scope == newest.scope)
        .values(sha256=newest.sha256)
    )


def remove(tx: Transaction, sha256: bytes) -> bool:
    """Take a list out; False if it is not kept. None takes its place as the newest."""
    tx.connection.execute(update(_newest).where(_newest.c.sha256 == sha256).values(sha256=None))
    result = tx.connection.execute(delete(_kept).where(_kept.c.sha256 == sha256))
    return result.rowcount == 1


def octets_of(tx: Reading, partner_id: str) -> int:
    """How much of a partner is kept."""
    return int(
        tx.connection.execute(
            select(func.coalesce(func.sum(_kept.c.octets), 0)).where(
                _kept.c.partner_id == partner_id
            )
        ).scalar_one()
    )


def disposable(tx: Reading, before: datetime, most: int) -> list[bytes]:
    """SHA-256 of superseded lists whose retention period began before a moment, oldest first."""
    rows = tx.connection.execute(
        select(_kept.c.sha256)
        .where(
            _kept.c.retained_from < before,
            ~select(_newest.c.sha256).where(_newest.c.sha256 == _kept.c.sha256).exists(),
        )
        .order_by(_kept.c.retained_from)
        .limit(most)
    )
    return [bytes(row.sha256) for row in rows]


def _facts(row: Row[Any]) -> KeptList:
    return KeptList(
        sha256=bytes(row.sha256),
        issuer=bytes(row.issuer),
        scope=bytes(row.scope),
        number=int.from_bytes(row.number, "big"),
        this_update=row.this_update,
        next_update=row.next_update,
        retained_from=row.retained_from,
        partner_id=row.partner_id,
        octets=row.octets,
    )
