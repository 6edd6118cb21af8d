"""Revocation lists of others: the newest of each issuer and scope, and those it superseded, which
answer for their time.

A list's octets are read by its SHA-256, one list at a time: it may have 64 MiB.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from openjpki.storage.bridge import taken_out_lists
from openjpki.storage.bridge.tables import kept_lists as _kept
from openjpki.storage.bridge.tables import pool_lists as _newest
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow, Unreadable

_NUMBER = 20
_SLICE = 8 << 20
"""Octets. PostgreSQL unpacks what is before a slice too, so there are few."""
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
    """The newest list of an issuer and scope, or None. Raises ``STORED_UNREADABLE``."""
    wanted = (
        select(*_FACTS)
        .join(_newest, _newest.c.sha256 == _kept.c.sha256)
        .where(_newest.c.issuer == issuer, _newest.c.scope == scope)
    )
    return _one(tx, wanted, None)


def newest(tx: Reading, *, left_out: LeftOut | None = None) -> list[KeptList]:
    """The newest list of each issuer and scope. ``left_out``: told of one that can't be read; no
    older one takes its place."""
    wanted = (
        select(*_FACTS)
        .join(_newest, _newest.c.sha256 == _kept.c.sha256)
        .order_by(_newest.c.issuer, _newest.c.scope)
    )
    return read_each(tx, wanted, _facts, table=_kept, left_out=left_out)


def of_time(tx: Reading, at: datetime, *, left_out: LeftOut | None = None) -> list[KeptList]:
    """Those of each issuer and scope that were valid at a time, the latest first. None is from
    before one that was taken out and would have counted then: what that one said may be what an
    older one lacks. ``left_out``: told of one that can't be read; none of that issuer and scope
    then is among them, for the same reason."""
    pairs = read_each(
        tx,
        select(_newest.c.issuer, _newest.c.scope).order_by(_newest.c.issuer, _newest.c.scope),
        lambda row: (row.issuer, row.scope),
        table=_newest,
        left_out=left_out,
    )
    found: list[KeptList] = []
    for issuer, scope in pairs:
        wanted = (
            select(*_FACTS)
            .where(
                _kept.c.issuer == issuer,
                _kept.c.scope == scope,
                _kept.c.this_update <= at,
                taken_out_lists.none_since(issuer, scope, at),
            )
            .order_by(_kept.c.this_update.desc(), _kept.c.number.desc())
            .limit(_OF_ONE_TIME)
        )
        unreadable: list[Unreadable] = []
        told = None if left_out is None else unreadable.append
        kept = read_each(tx, wanted, _facts, table=_kept, left_out=told)
        if left_out is not None and unreadable:
            for one in unreadable:
                left_out(one)
            continue
        found += [one for one in kept if one.next_update > at]
    return found


def find(tx: Reading, sha256: bytes, *, left_out: LeftOut | None = None) -> KeptList | None:
    """A list by its SHA-256, or None. One whose row can't be read is told to ``left_out``; without
    it, ``STORED_UNREADABLE`` is raised."""
    return _one(tx, select(*_FACTS).where(_kept.c.sha256 == sha256), left_out)


def der_of(tx: Reading, sha256: bytes) -> bytes | None:
    """Its octets, DER; None if it is not kept. Fetched slice by slice, because a driver may hold an
    answer several times over."""
    pieces: list[bytes] = []
    while True:
        begins = 1 + _SLICE * len(pieces)
        found = func.substr(_kept.c.list, begins, _SLICE, type_=_kept.c.list.type)
        piece = tx.connection.execute(select(found).where(_kept.c.sha256 == sha256)).scalar()
        if piece is None:
            return None
        pieces.append(bytes(piece))
        if len(piece) < _SLICE:
            return b"".join(pieces)


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
    taken_out_lists.forget(tx, newest.sha256)
    insert_if_absent(tx, _newest, issuer=newest.issuer, scope=newest.scope, sha256=None)
    tx.connection.execute(
        update(_newest)
        .where(_newest.c.issuer == newest.issuer, _newest.c.scope == newest.scope)
        .values(sha256=newest.sha256)
    )


def supersede(tx: Transaction, sha256: bytes) -> None:
    """It is the newest of its issuer and scope no more, and none takes its place; for its time it
    answers still."""
    tx.connection.execute(update(_newest).where(_newest.c.sha256 == sha256).values(sha256=None))


def take_out(tx: Transaction, sha256: bytes) -> bool:
    """Take a list out; False if it is not kept. None takes its place, now or for its time."""
    taken_out_lists.remember(tx, sha256)
    return remove(tx, sha256)


def remove(tx: Transaction, sha256: bytes) -> bool:
    """Drop a list whose time is over; False if it is not kept. None takes its place as the
    newest."""
    supersede(tx, sha256)
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


def newest_of(tx: Reading, partner_id: str) -> int:
    """How many of a partner's are the newest of their issuer and scope."""
    wanted = (
        select(func.count())
        .select_from(_newest)
        .join(_kept, _kept.c.sha256 == _newest.c.sha256)
        .where(_kept.c.partner_id == partner_id)
    )
    return int(tx.connection.execute(wanted).scalar_one())


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


def _one(tx: Reading, wanted: Select[Any], left_out: LeftOut | None) -> KeptList | None:
    found = read_each(tx, wanted, _facts, table=_kept, left_out=left_out)
    return found[0] if found else None


def _facts(row: StoredRow) -> KeptList:
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
