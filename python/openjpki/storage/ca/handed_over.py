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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading

_ROWS_AT_ONCE = 1_000


def issued_since(tx: Reading, moment: datetime) -> Iterator[IssuedSince]:
    """Users' certificates issued from a moment on, oldest first."""
    rows = tx.connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        select(
            _certificates.c.authority_id,
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
    for row in rows:
        yield IssuedSince(
            authority_id=row.authority_id,
            municipality=Municipality(row.municipality_code),
            application_id=row.application_id,
            person_reference=bytes(row.person_reference),
            certificate=bytes(row.certificate),
        )


def revoked_since(tx: Reading, moment: datetime) -> Iterator[RevokedSince]:
    """Users' certificates revoked from a moment on."""
    rows = tx.connection.execute(
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
    for row in rows:
        yield RevokedSince(
            authority_id=row.authority_id,
            serial=bytes(row.serial),
            cause=RevocationCause[row.cause],
            revoked_at=row.revoked_at,
        )
