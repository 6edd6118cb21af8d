"""The keys that officers are known by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select, update

from openjpki.domain.officers import EnrolledKey, KeyState, Officer
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import (
    NOT_READ,
    StoredRow,
    Unreadable,
    each_of,
    not_readable,
    read_each,
    rows_of,
    shown,
)
from openjpki.storage.officers.tables import officer_keys as _keys
from openjpki.storage.officers.tables import officers as _officers

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import BindParameter, Select

    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut


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


def public_keys(tx: Reading, fingerprints: Collection[bytes]) -> dict[bytes, bytes]:
    """SubjectPublicKeyInfo, DER, of the keys of these fingerprints: for signatures of the past,
    whoever it is and whatever became of the key."""
    rows = tx.connection.execute(
        select(_keys.c.key_sha256, _keys.c.public_key).where(_keys.c.key_sha256.in_(fingerprints))
    )
    return {bytes(row.key_sha256): bytes(row.public_key) for row in rows}


# Built once: issuance asks at every certificate, and building a statement takes as long as sending.
@cache
def _finding(number: int) -> Select[tuple[Any, ...]]:
    wanted: list[BindParameter[bytes]] = [bindparam(f"wanted_{index}") for index in range(number)]
    return select(_keys).where(_keys.c.key_sha256.in_(wanted))


def is_known(tx: Reading, officer: Officer) -> bool:
    """Whether the officer has, or had, any key; also one that can't be read."""
    found = select(_keys.c.key_sha256).where(_keys.c.officer == str(officer)).limit(1)
    return tx.connection.execute(found).first() is not None


def of_officer(
    tx: Reading, officer: Officer, *, left_out: LeftOut | None = None
) -> list[KeyRecord]:
    """Every key of an officer, the oldest first. ``left_out``: told of one that can't be read, as
    by whoever decides nothing by them."""
    wanted = (
        select(_keys)
        .where(_keys.c.officer == str(officer))
        .order_by(_keys.c.not_before, _keys.c.key_sha256)
    )
    return read_each(tx, wanted, _record, table=_keys, left_out=left_out)


@dataclass(frozen=True, slots=True)
class KeysPage:
    """Some of the keys of everybody."""

    records: list[KeyRecord]
    last: bytes | None
    """The greatest fingerprint looked at; None where no more follow."""


def page(tx: Reading, after: bytes, *, at_most: int, left_out: LeftOut | None = None) -> KeysPage:
    """Keys of everybody whose fingerprint is greater, in the order of fingerprints. ``left_out``:
    as of :func:`of_officer`; such a one counts among ``at_most``."""
    wanted = (
        select(_keys).where(_keys.c.key_sha256 > after).order_by(_keys.c.key_sha256).limit(at_most)
    )
    rows = list(rows_of(tx, wanted))
    records = list(each_of(rows, _record, table=_keys, left_out=left_out))
    return KeysPage(records, bytes(rows[-1].key_sha256) if len(rows) == at_most else None)


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


def _record(row: StoredRow) -> KeyRecord:
    return KeyRecord(
        key=key_of(row),
        suspended_by=row.suspended_by,
        replaced_by=None if row.replaced_by is None else bytes(row.replaced_by),
    )


def key_of(row: Any) -> EnrolledKey:
    """Of a row that has the columns :class:`KeyRow`; for repositories. Raises
    ``STORED_UNREADABLE``."""
    try:
        return EnrolledKey(
            officer=Officer.parse(row.officer),
            spki_der=bytes(row.public_key),
            key_sha256=bytes(row.key_sha256),
            state=KeyState(row.state),
            not_before=row.not_before,
            not_after=row.not_after,
        )
    except NOT_READ as error:
        key = row.stored("key_sha256") if isinstance(row, StoredRow) else row.key_sha256
        raise not_readable(Unreadable.of(_keys.name, shown(key), error)) from error
