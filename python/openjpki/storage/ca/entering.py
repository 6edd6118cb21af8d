"""Certificates and revocations, each entered together with its event in the status feed: neither is
there without the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, select

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.status_event import NewEvent
from openjpki.storage.ca import certificates, feed, issuances
from openjpki.storage.ca.certificates import RevocationRecord
from openjpki.storage.ca.tables import certificates as _certificates
from openjpki.storage.ca.tables import feeds as _feeds
from openjpki.storage.ca.tables import issuances as _issuances
from openjpki.storage.kernel.chain import Chain, inserted
from openjpki.storage.kernel.journal import entered_after

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.policy import RevocationReason
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.kernel.transaction import Transaction


def enter_certificate(tx: Transaction, record: CertificateRecord, at: datetime) -> int:
    """Keep a signed certificate; the position of its event. Other writers of the feed wait until
    the commit."""
    certificates.add(tx, record)
    return feed.append(tx, record.authority_id, _event_of(record, at))


class Entered(NamedTuple):
    """What :func:`enter_signed` came to."""

    position: int
    """Of the event in the feed."""
    in_journal: bool
    """Whether the journal has its entry by now."""


def enter_signed(
    tx: Transaction, record: CertificateRecord, at: datetime, entry: Mapping[str, Any] | None = None
) -> Entered | None:
    """As :func:`enter_certificate`, of what an intent came to, which ends with it; None, and
    nothing is kept, if another call has ended it already. One statement where the database can.

    ``entry``: see :meth:`openjpki.storage.kernel.journal.Journal.entering`; the position is told.
    """
    event = _event_of(record, at)
    values = {
        **feed.values_of(record.authority_id, event),
        **certificates.row_of(record),
        "of_serial": record.serial,
        **(entry or {}),
    }
    made, position = (_SIGNED if entry is None else _SIGNED_AND_ENTERED).make(tx, values)
    if made < _ENDED and not issuances.mark_signed(tx, record.authority_id, record.serial):
        return None
    if made < _KEPT:
        certificates.add(tx, record)
    if made < _TOLD:
        position = feed.append(tx, record.authority_id, event)
    return Entered(position, made > _TOLD)


def _event_of(record: CertificateRecord, at: datetime) -> NewEvent:
    return NewEvent(
        serial=record.serial,
        generation=record.generation,
        not_after=record.not_after,
        status=CertificateStatus.GOOD,
        at=at.replace(microsecond=0),
    )


def _signed(*, enters: bool) -> Chain:
    row = select(*(bindparam(one.name, type_=one.type) for one in _certificates.c))
    ended = issuances.MARK_SIGNED.returning(_issuances.c.serial).cte("ended")
    kept = inserted(_certificates, row, ended).cte("kept")
    told = feed.ADD.after(kept.c.authority_id == _feeds.c.authority_id).cte("told")
    if not enters:
        return Chain(ended, kept, told, told=told.c.head)
    entered = entered_after(told.c.authority_id, told.c.head).cte("entered")
    return Chain(ended, kept, told, entered, told=told.c.head)


_SIGNED, _SIGNED_AND_ENTERED = _signed(enters=False), _signed(enters=True)
_ENDED, _KEPT, _TOLD = 1, 2, 3
"""How many of its changes were made."""


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
