"""Revocation information as it is stored, held against the journal, and put right by it.

Of each revocation the journal has an entry that became durable with it. So what is stored can be
made again: a list or a status that lacks one lies, and until then neither is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.services.ca.authorities.policies import require_record
from openjpki.services.ca.crl.journaled import REVOKED_ACTS, reason_of, serial_of
from openjpki.services.ca.journal import REVOCATION_REGAINED, REVOCATIONS_REPAIRED
from openjpki.services.ca.revocation.as_certified import as_certified
from openjpki.services.common.left_out import not_read
from openjpki.services.common.stored_generations import MISSING
from openjpki.services.common.vouched import not_vouched, require_readable, require_whole
from openjpki.storage.ca import certificates, feed, stored_revocations
from openjpki.storage.ca.certificates import RevocationRecord
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.unreadable import NOT_READ, Unreadable

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.certificates import CertificateRecord
    from openjpki.storage.ca.stored_revocations import StoredRevocations
    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading, Transaction

_BOOKS = (RetentionClass.USER_CERTIFICATES, RetentionClass.AUTHORITY_KEYS)


@dataclass(frozen=True, slots=True)
class RevocationFault:
    """One thing that is not as it was written."""

    rule: str
    """What a row breaks, or ``MISSING``: the journal has a revocation of which there is no row, or
    the authority has no feed."""
    key: str | None = None
    """The row's, as it is stored."""
    serial: bytes | None = None
    """Of the certificate, where the journal has it."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done."""

    entered: int
    dropped: int


def revocation_faults(ca: CaContext, authority_id: AuthorityId) -> list[RevocationFault]:
    """What of an authority's revocation information can't be read, differs from its certificate, or
    is not there though the journal has it; and what of its feed's row can't be read, or that it is
    not there. Raises ``AUTHORITY_NOT_FOUND``."""
    with ca.database.reading() as tx:
        require_record(tx, authority_id)
        of_feed = _of_feed(tx, authority_id)
        stored = stored_revocations.of_authority(tx, authority_id)
        missing = _journaled(tx, authority_id).keys() - stored.good
    return [
        *(RevocationFault(one.rule, key=f"{one.table}/{one.row}") for one in of_feed),
        *(RevocationFault(one.rule, key=one.row) for one in stored.bad),
        *(RevocationFault(MISSING, serial=one) for one in sorted(missing)),
    ]


def repair_revocations(ca: CaContext, authority_id: AuthorityId, *, actor: str) -> Repaired:
    """Enter each revocation anew whose row is not as it was written, and drop such rows. The next
    lists and snapshots have them, and of the rows dropped what the journal has alone; every replica
    of the status service takes a snapshot. Skipping positions puts a feed's row right, too, that
    can't be read or is not there.

    ``actor``: who did it, for the journal. Raises ``AUTHORITY_NOT_FOUND``, and
    ``STORED_UNREADABLE``, with nothing changed, where the journal does not vouch for all there was:
    it is not as it was sealed, or a certificate that it has as revoked is not here.
    """

    def act(tx: Transaction) -> Repaired:
        require_record(tx, authority_id)
        stored = stored_revocations.of_authority(tx, authority_id)
        journaled = _journaled(tx, authority_id)
        missing = sorted(journaled.keys() - stored.good)
        of_feed = _of_feed(tx, authority_id)
        if not stored.bad and not missing and not of_feed:
            return Repaired(0, 0)
        require_whole(tx, "ca", str(authority_id), _BOOKS)
        revoked = [_certificate(tx, authority_id, one) for one in missing]
        dropped = stored_revocations.drop(tx, authority_id, stored.serials_of_bad)
        # Whoever follows the feed takes a snapshot: what it was told is not known.
        by = feed.POSITIONS_SKIPPED if of_feed else 1
        position = feed.skip(tx, authority_id, by).head
        for found in revoked:
            _enter(ca, tx, found, journaled[found.serial], stored, position, actor)
        ca.journal.append(
            tx,
            REVOCATIONS_REPAIRED,
            stream=str(authority_id),
            actor=actor,
            subject=str(authority_id),
            details={"entered": len(revoked), "dropped": dropped},
            at=ca.clock.now(),
        )
        tx.after_commit(ca.feed_signal.notify)
        return Repaired(len(revoked), dropped)

    with ca.console.writing(authority_id) as writer:
        return writer.run(act)


def _of_feed(tx: Reading, authority_id: AuthorityId) -> list[Unreadable]:
    told: list[Unreadable] = []
    found = feed.position(tx, authority_id, left_out=told.append)
    if found is None and not told:
        told.append(Unreadable("feeds", str(authority_id), MISSING))
    return told


@dataclass(slots=True)
class _Journaled:
    """What the journal has of one revocation: when it was made, and when it was entered last."""

    first: Entry
    last: Entry


def _journaled(tx: Reading, authority_id: AuthorityId) -> dict[bytes, _Journaled]:
    """By serial number."""
    found: dict[bytes, _Journaled] = {}
    unreadable: list[Unreadable] = []
    for one in SqlJournal().read_all(
        tx, str(authority_id), acts=REVOKED_ACTS, left_out=unreadable.append
    ):
        try:
            serial, _ = serial_of(one), (one.details["cause"], reason_of(one))
        except NOT_READ as error:
            unreadable.append(not_read(one, error))
            continue
        found.setdefault(serial, _Journaled(one, one)).last = one
    require_readable(unreadable)
    return found


def _certificate(tx: Reading, authority_id: AuthorityId, serial: bytes) -> CertificateRecord:
    found = certificates.get(tx, authority_id, serial)
    if found is None:
        raise not_vouched("the journal has a certificate as revoked that is not here")
    return as_certified(found) if found.kind is CertificateKind.USER else found


def _enter(
    ca: CaContext,
    tx: Transaction,
    found: CertificateRecord,
    known: _Journaled,
    stored: StoredRevocations,
    position: int,
    actor: str,
) -> None:
    certificates.add_revocation(
        tx,
        RevocationRecord(
            authority_id=found.authority_id,
            serial=found.serial,
            generation=found.generation,
            partition=found.partition,
            not_after=found.not_after,
            cause=str(known.first.details["cause"]),
            reason_code=int(known.first.details["reason_code"]),
            revoked_at=_moment(known, stored),
            sequence=position,
        ),
    )
    ca.journal.append(
        tx,
        REVOCATION_REGAINED[found.kind],
        stream=str(found.authority_id),
        actor=actor,
        subject=found.serial.hex(),
        details={
            "cause": known.first.details["cause"],
            "reason_code": known.first.details["reason_code"],
            "partition": found.partition,
            "sequence": position,
        },
        at=ca.clock.now(),
        not_after=found.not_after,
    )


def _moment(known: _Journaled, stored: StoredRevocations) -> datetime:
    """As the row had it, or when it was journaled: moments later."""
    if "sequence" in known.last.details:
        kept = stored.moments.get(int(known.last.details["sequence"]))
        if kept is not None:
            return kept
    return known.first.at.replace(microsecond=0)
