"""What this database knows of users' certificates since a moment, for registration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select

from openjpki.domain.handed_over import IssuedSince, RevokedSince
from openjpki.domain.municipality import Municipality
from openjpki.domain.policy import RevocationCause
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable, each_of, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut, StoredRow

_ROWS_AT_ONCE = 1_000


def issued_since(tx: Reading, moment: datetime, *, left_out: LeftOut) -> Iterator[IssuedSince]:
    """Users' certificates issued from a moment on, oldest first. ``left_out``: told of those that
    can't be read."""
    wanted = (
        select(
            _certificates.c.authority_id,
            _certificates.c.serial,
            _certificates.c.certificate,
            _issuances.c.municipality_code,
            _issuances.c.application_id,
            _issuances.c.person_reference,
        )
        .join(
            _issuances,
            and_(
                _issuances.c.authority_id == _certificates.c.authority_id,
                _issuances.c.serial == _certificates.c.serial,
            ),
        )
        .where(
            _certificates.c.kind == CertificateKind.USER.value,
            _certificates.c.issued_at >= moment,
        )
        .order_by(_certificates.c.issued_at)
    )
    rows = rows_of(tx, wanted, at_once=_ROWS_AT_ONCE)
    yield from each_of(rows, _issued, table=_certificates, left_out=left_out)


def revoked_since(tx: Reading, moment: datetime, *, left_out: LeftOut) -> Iterator[RevokedSince]:
    """Users' certificates revoked from a moment on. ``left_out``: told of those that can't be
    read. One of which it can't be read why is among them all the same, as at the user's wish: who
    is told may know the certificate, and must not take it for one that holds."""
    wanted = (
        select(
            _revocations.c.authority_id,
            _revocations.c.serial,
            _revocations.c.cause,
            _revocations.c.revoked_at,
        )
        .join(
            _certificates,
            and_(
                _certificates.c.authority_id == _revocations.c.authority_id,
                _certificates.c.serial == _revocations.c.serial,
            ),
        )
        .where(
            _certificates.c.kind == CertificateKind.USER.value,
            _revocations.c.revoked_at >= moment,
        )
        .order_by(_revocations.c.revoked_at)
    )

    def revoked(row: StoredRow) -> RevokedSince:
        return RevokedSince(
            authority_id=row.authority_id,
            serial=bytes(row.serial),
            cause=_cause(row, left_out),
            revoked_at=row.revoked_at,
        )

    rows = rows_of(tx, wanted, at_once=_ROWS_AT_ONCE)
    yield from each_of(rows, revoked, table=_revocations, left_out=left_out)


def _issued(row: StoredRow) -> IssuedSince:
    return IssuedSince(
        authority_id=row.authority_id,
        municipality=Municipality(row.municipality_code),
        application_id=row.application_id,
        person_reference=bytes(row.person_reference),
        certificate=bytes(row.certificate),
    )


def _cause(row: StoredRow, left_out: LeftOut) -> RevocationCause:
    try:
        return RevocationCause[row.cause]
    except NOT_READ as error:
        left_out(Unreadable.of(_revocations.name, row.key_in(_revocations), error))
        return RevocationCause.USER_WISH
