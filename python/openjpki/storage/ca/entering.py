"""Certificates and revocations, each entered together with its event in the status feed: neither is
there without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.storage.ca import certificates, feed
from openjpki.storage.ca.certificates import RevocationRecord
from openjpki.storage.ca.feed import NewEvent

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.policy import RevocationReason
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.transaction import Transaction


def enter_certificate(tx: Transaction, record: CertificateRecord, at: datetime) -> int:
    """Keep a signed certificate; the position of its event. Other writers of the feed wait until
    the commit."""
    certificates.add(tx, record)
    return feed.append(
        tx,
        record.authority_id,
        NewEvent(
            serial=record.serial,
            generation=record.generation,
            not_after=record.not_after,
            status=CertificateStatus.GOOD,
            at=at.replace(microsecond=0),
        ),
    )


def enter_revocation(
    tx: Transaction,
    found: CertificateRecord,
    *,
    cause: str,
    reason: RevocationReason,
    revoked_at: datetime,
) -> int | None:
    """Keep that a certificate ended; the position of its event, or None if it was revoked before:
    the transaction must then not be committed.

    ``cause``: its name in the domain. ``revoked_at``: whole seconds.
    """
    sequence = feed.append(
        tx,
        found.authority_id,
        NewEvent(
            serial=found.serial,
            generation=found.generation,
            not_after=found.not_after,
            status=CertificateStatus.REVOKED,
            reason_code=reason,
            at=revoked_at,
        ),
    )
    kept = certificates.add_revocation(
        tx,
        RevocationRecord(
            authority_id=found.authority_id,
            serial=found.serial,
            generation=found.generation,
            partition=found.partition,
            not_after=found.not_after,
            cause=cause,
            reason_code=reason,
            revoked_at=revoked_at,
            sequence=sequence,
        ),
    )
    return sequence if kept else None
