"""Revocation information as it stands in the database, held against the certificates it is of.

What lists go by is repeated in each row. Nothing but a hand in the database makes a row differ from
its certificate, and then a list lacks it, or a status is told without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, func, literal, select, type_coerce
from sqlalchemy.types import NULLTYPE

from openjpki.errors import Reason
from openjpki.storage.ca.certificates import revocation_record_of
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, rows_of, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow

_ROWS_AT_ONCE = 5_000
_REPEATED = ("generation", "partition", "not_after")
"""Columns that are the certificate's."""

_OF_CERTIFICATE = and_(
    _certificates.c.authority_id == _revocations.c.authority_id,
    _certificates.c.serial == _revocations.c.serial,
)


@dataclass(slots=True)
class StoredRevocations:
    """All of one authority's."""

    good: set[bytes] = field(default_factory=set)
    """Serial numbers of those that can be read and are as their certificates."""
    bad: list[Unreadable] = field(default_factory=list)
    """The other rows."""
    serials_of_bad: list[object] = field(default_factory=list)
    """What they have in the place of a serial number."""
    moments: dict[int, datetime] = field(default_factory=dict)
    """When the others were revoked, by position in the feed, where both can be read."""


def count_unended(tx: Reading, authority_id: AuthorityId, ended_before: datetime) -> int:
    """How many of an authority are of certificates that end at a moment or after it."""
    wanted = select(func.count()).where(
        _revocations.c.authority_id == authority_id, _revocations.c.not_after >= ended_before
    )
    counted: int = tx.connection.execute(wanted).scalar_one()
    return counted


def of_no_certificate(tx: Reading, authority_id: AuthorityId) -> Unreadable | None:
    """A row whose serial number is no certificate's, or None."""
    wanted = select(_revocations.c.authority_id, _revocations.c.serial).where(
        _revocations.c.authority_id == authority_id,
        ~select(_certificates.c.serial).where(_OF_CERTIFICATE).exists(),
    )
    row = next(rows_of(tx, wanted.limit(1)), None)
    return None if row is None else _bad(row, Reason.CERTIFICATE_NOT_FOUND.name)


def of_authority(tx: Reading, authority_id: AuthorityId) -> StoredRevocations:
    """Every row of an authority, good or bad."""
    repeated = [_certificates.c[name].label(f"certified_{name}") for name in _REPEATED]
    wanted = (
        select(_revocations, _certificates.c.serial.label("certified"), *repeated)
        .select_from(_revocations.outerjoin(_certificates, _OF_CERTIFICATE))
        .where(_revocations.c.authority_id == authority_id)
    )
    found = StoredRevocations()
    for row in rows_of(tx, wanted, at_once=_ROWS_AT_ONCE):
        rule = _rule(row)
        if rule is None:
            found.good.add(bytes(row.serial))
            continue
        found.bad.append(_bad(row, rule))
        found.serials_of_bad.append(row.stored("serial"))
        try:
            found.moments[int(row.sequence)] = row.revoked_at
        except NOT_READ:
            continue
    return found


def drop(tx: Transaction, authority_id: AuthorityId, serials: Iterable[object]) -> int:
    """Drop rows by what they have in the place of a serial number; how many there were."""
    return sum(
        tx.connection.execute(
            delete(_revocations).where(
                _revocations.c.authority_id == authority_id,
                # As it is stored: of whatever type.
                type_coerce(_revocations.c.serial, NULLTYPE) == literal(one, NULLTYPE),
            )
        ).rowcount
        for one in serials
    )


def _rule(row: StoredRow) -> str | None:
    """What a row breaks, if anything."""
    try:
        record = revocation_record_of(row)
        if row.stored("certified") is None:
            return Reason.CERTIFICATE_NOT_FOUND.name
        same = all(getattr(record, name) == getattr(row, f"certified_{name}") for name in _REPEATED)
    except NOT_READ as error:
        return Unreadable.of(_revocations.name, "", error).rule
    return None if same else Reason.PROFILE_MISMATCH.name


def _bad(row: StoredRow, rule: str) -> Unreadable:
    key = f"{shown(row.stored('authority_id'))}/{shown(row.stored('serial'))}"
    return Unreadable(_revocations.name, key, rule)
