"""Fills a ca's database with certificates that were never signed, only for their status."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.config.ca import CaSettings
from openjpki.config.loading import load_settings
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.generation import FIRST
from openjpki.domain.status_event import NewEvent
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import certificates, feed, serials
from openjpki.storage.ca.certificates import CertificateRecord, RevocationRecord
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.database import Database

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki_devkit.embedded.layout import Layout

AUTHORITY = AuthorityId.signing("13")
_PARTITION = "13101"
REVOKED_EVERY = 20
_REASON = 3
_OCTETS = 20


def seed(layout: Layout, count: int) -> list[bytes]:
    """So many certificates of one authority, one in twenty revoked; their serial numbers."""
    settings = load_settings(CaSettings, layout.settings(PeerRole.CA))
    database = Database(settings.database.read_url())
    at = datetime.now(UTC).replace(microsecond=0)
    not_after = at + timedelta(days=1095)
    numbers = [_serial(number) for number in range(count)]
    try:
        with database.transaction() as tx:
            for index, serial in enumerate(numbers):
                serials.reserve(tx, AUTHORITY, serial, at)
                certificates.add(
                    tx,
                    CertificateRecord(
                        authority_id=AUTHORITY,
                        serial=serial,
                        kind=CertificateKind.USER,
                        generation=FIRST,
                        certificate=serial,
                        partition=_PARTITION,
                        not_after=not_after,
                        issued_at=at,
                    ),
                )
                feed.append(
                    tx,
                    AUTHORITY,
                    NewEvent(
                        serial=serial,
                        generation=1,
                        not_after=not_after,
                        status=CertificateStatus.GOOD,
                        at=at,
                    ),
                )
                if index % REVOKED_EVERY == 0:
                    _revoke(tx, serial, at, not_after)
    finally:
        database.close()
    return numbers


def _revoke(tx: Transaction, serial: bytes, at: datetime, not_after: datetime) -> None:
    sequence = feed.append(
        tx,
        AUTHORITY,
        NewEvent(
            serial=serial,
            generation=1,
            not_after=not_after,
            status=CertificateStatus.REVOKED,
            reason_code=_REASON,
            at=at,
        ),
    )
    certificates.add_revocation(
        tx,
        RevocationRecord(
            authority_id=AUTHORITY,
            serial=serial,
            generation=FIRST,
            partition=_PARTITION,
            not_after=not_after,
            cause="CHANGE_NOTICE",
            reason_code=_REASON,
            revoked_at=at,
            sequence=sequence,
        ),
    )


def _serial(number: int) -> bytes:
    digest = hashlib.sha256(number.to_bytes(8, "big")).digest()[:_OCTETS]
    return bytes([digest[0] & 0x3F | 0x40]) + digest[1:]
