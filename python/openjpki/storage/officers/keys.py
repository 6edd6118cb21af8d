"""The keys that officers are known by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select, update

from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.officers.tables import officer_keys as _keys
from openjpki.storage.officers.tables import officers as _officers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import BindParameter, Row, Select

    from openjpki.storage.kernel.transaction import Reading, Transaction


class KeyRow(NamedTuple):
    """The columns that say what an enrolled key is, with their values in a row."""

    key_sha256: bytes
    officer: str
    public_key: bytes
    state: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """A key's row."""

    key: EnrolledKey
    suspended_by: str | None
    """The proposal of revocation, also after it was carried out."""
    replaced_by: bytes | None
    """Fingerprint of the key that took its place."""


def find(tx: Reading, fingerprints: Collection[bytes]) -> dict[bytes, EnrolledKey]:
    """The keys of these fingerprints, by them, whatever their state; in one question."""
    wanted = {f"wanted_{index}": one for index, one in enumerate(fingerprints)}
    rows = tx.connection.execute(_finding(len(wanted)), wanted)
    return {bytes(row.key_sha256): key_of(row) for row in rows}


# Built once: issuance asks at every certificate, and building a statement takes as long as sending.
@cache
def _finding(number: int) -> Select[tuple[Any, ...]]:
    wanted: list[BindParameter[bytes]] = [bindparam(f"wanted_{index}") for index in range(number)]
    return select(_keys).where(_keys.c.key_sha256.in_(wanted))


def of_officer(tx: Reading, officer: Officer) -> list[KeyRecord]:
    """Every key of an officer, the oldest first."""
    rows = tx.connection.execute(
        select(_keys)
        .where(_keys.c.officer == str(officer))
        .order_by(_keys.c.not_before, _keys.c.key_sha256)
    )
    return [_record(row) for row in rows]


def page(tx: Reading, after: bytes, *, at_most: int) -> list[KeyRecord]:
    """Keys of everybody whose fingerprint is greater, in the order of fingerprints."""
    rows = tx.connection.execute(
        select(_keys).where(_keys.c.key_sha256 > after).order_by(_keys.c.key_sha256).limit(at_most)
    )
    return [_record(row) for row in rows]


def queue_for(tx: Transaction, officer: Officer) -> None:
    """Wait for other transactions that change this officer, and keep them waiting."""
    insert_if_absent(tx, _officers, officer=str(officer))
    tx.connection.execute(
        select(_officers.c.officer).where(_officers.c.officer == str(officer)).with_for_update()
    )


def add(tx: Transaction, key: EnrolledKey) -> bool:
    """Keep a key; False if it is, or was, anybody's."""
    return insert_if_absent(
        tx,
        _keys,
        key_sha256=key.key_sha256,
        officer=str(key.officer),
        public_key=key.spki_der,
        state=key.state.value,
        not_before=key.not_before,
        not_after=key.not_after,
    )


def replace(tx: Transaction, key_sha256: bytes, *, replaced_by: bytes, not_after: datetime) -> None:
    """Another key took its place; it counts until then."""
    tx.connection.execute(
        update(_keys)
        .where(_keys.c.key_sha256 == key_sha256)
        .values(replaced_by=replaced_by, not_after=not_after)
    )


def suspend(tx: Transaction, officer: Officer, proposal_id: str, *, now: datetime) -> list[bytes]:
    """Nothing of the officer's keys counts any more, until it is decided; which they are."""
    rows = tx.connection.execute(
        update(_keys)
        .where(
            _keys.c.officer == str(officer),
            _keys.c.state == KeyState.ENROLLED.value,
            _keys.c.not_after > now,
        )
        .values(state=KeyState.SUSPENDED.value, suspended_by=proposal_id)
        .returning(_keys.c.key_sha256)
    )
    return sorted(bytes(row.key_sha256) for row in rows)


def end_suspension(tx: Transaction, proposal_id: str, *, revoked: bool) -> list[bytes]:
    """What this proposal suspended is revoked for good, or counts again; which keys."""
    decided = (
        {"state": KeyState.REVOKED.value}
        if revoked
        else {"state": KeyState.ENROLLED.value, "suspended_by": None}
    )
    rows = tx.connection.execute(
        update(_keys)
        .where(_keys.c.suspended_by == proposal_id, _keys.c.state == KeyState.SUSPENDED.value)
        .values(**decided)
        .returning(_keys.c.key_sha256)
    )
    return sorted(bytes(row.key_sha256) for row in rows)


def count_ending(tx: Reading, begin: datetime, end: datetime) -> int:
    """Keys that count, have no successor and end from ``begin`` on and before ``end``."""
    return tx.connection.execute(
        select(func.count()).where(
            _keys.c.state == KeyState.ENROLLED.value,
            _keys.c.replaced_by.is_(None),
            _keys.c.not_after >= begin,
            _keys.c.not_after < end,
        )
    ).scalar_one()


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        key=key_of(row),
        suspended_by=row.suspended_by,
        replaced_by=None if row.replaced_by is None else bytes(row.replaced_by),
    )


def key_of(row: Any) -> EnrolledKey:
    """Of a row that has the columns :class:`KeyRow`; for repositories."""
    return EnrolledKey(
        officer=Officer.parse(row.officer),
        spki_der=bytes(row.public_key),
        key_sha256=bytes(row.key_sha256),
        state=KeyState(row.state),
        not_before=row.not_before,
        not_after=row.not_after,
    )
