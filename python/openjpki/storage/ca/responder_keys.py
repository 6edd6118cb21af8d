"""Keys of OCSP responders: of which replica, and whether they may have certificates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.ca.tables import responder_keys as _keys
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow


class ResponderKeyState(Enum):
    """Where a key stands; the value stands in the table."""

    PROPOSED = "proposed"
    """By one operator; no certificate yet."""
    ENROLLED = "enrolled"
    WITHDRAWN = "withdrawn"
    """For good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponderKey:
    """A key that answers for one authority, in one replica."""

    authority_id: AuthorityId
    key_sha256: bytes
    """Of the SubjectPublicKeyInfo, DER."""
    replica: str
    state: ResponderKeyState
    proposed_by: str
    """SPIFFE id."""
    proposed_at: datetime
    proposed_with: str | None = None
    """``sha256:`` and the fingerprint of the certificate of the mesh that it was proposed with,
    where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCertificate:
    """A responder's certificate, signed or about to be, neither expired nor revoked."""

    serial: bytes
    key_sha256: bytes
    not_before: datetime
    not_after: datetime
    signed: bool


def add(tx: Transaction, key: ResponderKey) -> bool:
    """Keep a key; False if it is there already, whatever its state."""
    return insert_if_absent(
        tx,
        _keys,
        authority_id=key.authority_id,
        key_sha256=key.key_sha256,
        replica=key.replica,
        state=key.state.value,
        proposed_by=key.proposed_by,
        proposed_at=key.proposed_at,
        proposed_with=key.proposed_with,
    )


def get(tx: Reading, authority_id: AuthorityId, key_sha256: bytes) -> ResponderKey | None:
    """A key, or None. Raises ``STORED_UNREADABLE``."""
    return _one(
        tx,
        select(_keys).where(_keys.c.authority_id == authority_id, _keys.c.key_sha256 == key_sha256),
    )


def lock(tx: Transaction, authority_id: AuthorityId, key_sha256: bytes) -> ResponderKey | None:
    """A key as it stands, and as it stays until the transaction ends; None where there is none.
    Raises ``STORED_UNREADABLE``."""
    return _one(
        tx,
        select(_keys)
        .where(_keys.c.authority_id == authority_id, _keys.c.key_sha256 == key_sha256)
        .with_for_update(),
    )


def of(
    tx: Reading, authority_id: AuthorityId, *, left_out: LeftOut | None = None
) -> list[ResponderKey]:
    """Every key of an authority's responders, by replica, in the order of their proposal.
    ``left_out``: as of all that take it, told of one that can't be read."""
    wanted = (
        select(_keys)
        .where(_keys.c.authority_id == authority_id)
        .order_by(_keys.c.replica, _keys.c.proposed_at, _keys.c.key_sha256)
    )
    return read_each(tx, wanted, _key, table=_keys, left_out=left_out)


def count_proposed(tx: Reading, key: ResponderKey, *, since: datetime) -> int:
    """How many of the authority's keys whoever proposed this one has proposed since, undecided."""
    return tx.connection.execute(
        select(func.count()).where(
            _keys.c.authority_id == key.authority_id,
            _keys.c.proposed_by == key.proposed_by,
            _keys.c.state == ResponderKeyState.PROPOSED.value,
            _keys.c.proposed_at >= since,
        )
    ).scalar_one()


def proposed_before(
    tx: Reading,
    authority_id: AuthorityId,
    moment: datetime,
    *,
    left_out: LeftOut | None = None,
) -> list[ResponderKey]:
    """Keys of the authority's responders that have waited for approval since before that."""
    wanted = select(_keys).where(
        _keys.c.authority_id == authority_id,
        _keys.c.state == ResponderKeyState.PROPOSED.value,
        _keys.c.proposed_at < moment,
    )
    return read_each(tx, wanted, _key, table=_keys, left_out=left_out)


def move(
    tx: Transaction,
    key: ResponderKey,
    then: ResponderKeyState,
) -> bool:
    """From the state it is in to another; False if it is in that one no more."""
    result = tx.connection.execute(
        update(_keys)
        .where(
            _keys.c.authority_id == key.authority_id,
            _keys.c.key_sha256 == key.key_sha256,
            _keys.c.state == key.state.value,
        )
        .values(state=then.value)
    )
    return result.rowcount == 1


def queue_for(tx: Transaction, authority_id: AuthorityId, replica: str) -> None:
    """Wait for other transactions that certify the replica's keys, and keep them waiting."""
    tx.connection.execute(
        select(_keys.c.key_sha256)
        .where(_keys.c.authority_id == authority_id, _keys.c.replica == replica)
        .order_by(_keys.c.key_sha256)
        .with_for_update()
    )


def live_certificates(
    tx: Reading, authority_id: AuthorityId, replica: str, generation: int, at: datetime
) -> list[LiveCertificate]:
    """What a replica's keys have of a generation of the authority's key, oldest first."""
    of_replica = select(_keys.c.key_sha256).where(
        _keys.c.authority_id == authority_id, _keys.c.replica == replica
    )
    rows = tx.connection.execute(
        select(
            _issuances.c.serial,
            _issuances.c.key_fingerprint,
            _issuances.c.not_before,
            _issuances.c.not_after,
            _issuances.c.state,
        )
        .outerjoin(
            _revocations,
            (_revocations.c.authority_id == _issuances.c.authority_id)
            & (_revocations.c.serial == _issuances.c.serial),
        )
        .where(
            _issuances.c.authority_id == authority_id,
            _issuances.c.kind == CertificateKind.RESPONDER.value,
            _issuances.c.generation == generation,
            _issuances.c.key_fingerprint.in_(of_replica),
            _issuances.c.not_after > at,
            _revocations.c.serial.is_(None),
        )
        .order_by(_issuances.c.not_after)
    )
    return [
        LiveCertificate(
            serial=bytes(row.serial),
            key_sha256=bytes(row.key_fingerprint),
            not_before=row.not_before,
            not_after=row.not_after,
            signed=row.state == "signed",
        )
        for row in rows
    ]


def signed_for_key(tx: Reading, key: ResponderKey, at: datetime) -> list[bytes]:
    """Serial numbers of the key's certificates, of any generation, neither expired nor revoked."""
    rows = tx.connection.execute(
        select(_issuances.c.serial)
        .outerjoin(
            _revocations,
            (_revocations.c.authority_id == _issuances.c.authority_id)
            & (_revocations.c.serial == _issuances.c.serial),
        )
        .where(
            _issuances.c.authority_id == key.authority_id,
            _issuances.c.kind == CertificateKind.RESPONDER.value,
            _issuances.c.key_fingerprint == key.key_sha256,
            _issuances.c.state == "signed",
            _issuances.c.not_after > at,
            _revocations.c.serial.is_(None),
        )
        .order_by(_issuances.c.not_after, _issuances.c.serial)
    )
    return [bytes(row.serial) for row in rows]


def _one(tx: Reading, wanted: Select[Any]) -> ResponderKey | None:
    found = read_each(tx, wanted, _key, table=_keys, left_out=None)
    return found[0] if found else None


def _key(row: StoredRow) -> ResponderKey:
    return ResponderKey(
        authority_id=row.authority_id,
        key_sha256=bytes(row.key_sha256),
        replica=row.replica,
        state=ResponderKeyState(row.state),
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        proposed_with=row.proposed_with,
    )
