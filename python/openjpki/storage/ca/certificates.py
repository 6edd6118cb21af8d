"""Every certificate signed, and whether it was revoked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import revocations as _revocations
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_one

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Reading, Transaction
    from openjpki.storage.kernel.unreadable import StoredRow


_ADD = _certificates.insert()


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRecord:
    """A certificate as it was issued."""

    authority_id: AuthorityId
    serial: bytes
    kind: CertificateKind
    generation: int
    """Which of the authority's keys signed it."""
    certificate: bytes
    """DER."""
    partition: str
    """Where its revocation is published; fixed at issue."""
    not_after: datetime
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationRecord:
    """Revocation information (R3.1)."""

    authority_id: AuthorityId
    serial: bytes
    generation: int
    """Of the certificate; its list is that generation's."""
    partition: str
    not_after: datetime
    cause: str
    """Name of the cause in the domain, e.g. ``CHANGE_NOTICE``; never published."""
    reason_code: int
    """CRLReason (RFC 5280, 5.3.1)."""
    revoked_at: datetime
    """Whole seconds."""
    sequence: int
    """Position of the event in the status feed."""


def add(tx: Transaction, record: CertificateRecord) -> None:
    """Keep a signed certificate."""
    tx.connection.execute(_ADD, row_of(record))


def row_of(record: CertificateRecord) -> dict[str, Any]:
    """Of the table, by its columns' names; for repositories in this room."""
    return {
        "authority_id": record.authority_id,
        "serial": record.serial,
        "kind": record.kind.value,
        "generation": record.generation,
        "certificate": record.certificate,
        "partition": record.partition,
        "not_after": record.not_after,
        "issued_at": record.issued_at,
    }


def get(tx: Reading, authority_id: AuthorityId, serial: bytes) -> CertificateRecord | None:
    """A certificate, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_certificates).where(
        _certificates.c.authority_id == authority_id, _certificates.c.serial == serial
    )
    return read_one(tx, wanted, _certificate, table=_certificates)


def add_revocation(tx: Transaction, record: RevocationRecord) -> bool:
    """Keep revocation information; False if the certificate was revoked before."""
    return insert_if_absent(
        tx,
        _revocations,
        authority_id=record.authority_id,
        serial=record.serial,
        generation=record.generation,
        partition=record.partition,
        not_after=record.not_after,
        cause=record.cause,
        reason_code=record.reason_code,
        revoked_at=record.revoked_at,
        sequence=record.sequence,
    )


def revocation_of(tx: Reading, authority_id: AuthorityId, serial: bytes) -> RevocationRecord | None:
    """Revocation information of a certificate, or None. Raises ``STORED_UNREADABLE``."""
    wanted = select(_revocations).where(
        _revocations.c.authority_id == authority_id, _revocations.c.serial == serial
    )
    return read_one(tx, wanted, revocation_record_of, table=_revocations)


def is_revoked(tx: Reading, authority_id: AuthorityId, serial: bytes) -> bool:
    """Whether there is revocation information of a certificate, whatever it says."""
    wanted = select(_revocations.c.authority_id).where(
        _revocations.c.authority_id == authority_id, _revocations.c.serial == serial
    )
    return tx.connection.execute(wanted).first() is not None


def revocation_record_of(row: StoredRow) -> RevocationRecord:
    """Of a row that has the table's columns; for repositories in this room."""
    return RevocationRecord(
        authority_id=row.authority_id,
        serial=bytes(row.serial),
        generation=row.generation,
        partition=row.partition,
        not_after=row.not_after,
        cause=row.cause,
        reason_code=row.reason_code,
        revoked_at=row.revoked_at,
        sequence=row.sequence,
    )


def _certificate(row: StoredRow) -> CertificateRecord:
    return CertificateRecord(
        authority_id=row.authority_id,
        serial=bytes(row.serial),
        kind=CertificateKind(row.kind),
        generation=row.generation,
        certificate=bytes(row.certificate),
        partition=row.partition,
        not_after=row.not_after,
        issued_at=row.issued_at,
    )
