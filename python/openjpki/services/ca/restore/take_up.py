"""Taking an authority up again after its database was brought back from a backup.

What the authority did since the backup is in the world and not in the database. Three things must
not follow from that: a certificate that nobody can revoke, a revocation that is forgotten, a number
that is used twice. So certificates and revocations are taken over from whoever still knows of them,
the status feed leaves a gap that sends every replica to a new snapshot, and the next lists leave
out more numbers than can have been used.

Serial numbers need nothing: they are random, none is drawn twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.policy import RevocationCause
from openjpki.errors import OpenJpkiError
from openjpki.services.ca.authorities.authority import require_authority
from openjpki.services.ca.journal import (
    AUTHORITY_RESTORED,
    CERTIFICATE_REGAINED,
    REVOCATION_REGAINED,
)
from openjpki.services.ca.restore.known_lists import entries_of
from openjpki.services.ca.restore.regained import regain_certificate
from openjpki.services.ca.revocation.as_certified import as_certified
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.previous_crl import NUMBERS_SKIPPED
from openjpki.storage.ca import certificates, feed, issuances, serials, used_keys
from openjpki.storage.ca.certificates import CertificateRecord
from openjpki.storage.ca.entering import enter_certificate, enter_revocation
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.handed_over import IssuedSince, RevokedSince
    from openjpki.domain.policy import RevocationReason
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.crl.publication import Publisher
    from openjpki.services.ca.restore.regained import Regained
    from openjpki.storage.kernel.transaction import Reading, Transaction

_METHOD = "restore"


@dataclass(frozen=True, slots=True)
class Known:
    """What others still know of one authority since the backup."""

    issued: Sequence[IssuedSince] = ()
    revoked: Sequence[RevokedSince] = ()
    lists: Sequence[bytes] = ()
    """Published lists, DER."""


@dataclass(slots=True)
class Outcome:
    """What was taken up."""

    regained: int = 0
    """Certificates."""
    revoked: int = 0
    """Revocations."""
    unknown: list[str] = field(default_factory=list)
    """Serial numbers, hexadecimal, of revoked certificates that are nowhere: they are no longer on
    the lists made from now on."""
    lists: int = 0
    """Lists made."""


@dataclass(frozen=True, slots=True)
class _Revocation:
    serial: bytes
    cause: RevocationCause
    reason: RevocationReason
    revoked_at: datetime


def take_up(
    ca: CaContext, publisher: Publisher, authority_id: AuthorityId, known: Known, *, actor: str
) -> Outcome:
    """Enter what is known, leave the gaps, publish every list. May be repeated: what is there is
    left alone, and the gaps get wider.

    ``actor``: who did it, for the journal. Raises ``AUTHORITY_NOT_FOUND``, ``PROFILE_MISMATCH`` for
    a certificate that is not this authority's, ``CRL_REFUSED`` for a list that is not, and then
    nothing was entered.
    """
    with ca.database.reading() as tx:
        authority = require_authority(tx, authority_id)
        regained = [regain_certificate(authority, one) for one in known.issued]
        revocations = _revocations(tx, authority, known)
    with ca.console.writing(authority_id) as writer:
        outcome = writer.run(lambda tx: _enter(ca, tx, authority, regained, revocations, actor))
    outcome.lists = publisher.publish_authority(authority_id, skip=NUMBERS_SKIPPED)
    return outcome


def _enter(
    ca: CaContext,
    tx: Transaction,
    authority: Authority,
    regained: Sequence[Regained],
    revocations: dict[bytes, _Revocation],
    actor: str,
) -> Outcome:
    authority_id, at, outcome = authority.authority_id, ca.clock.now(), Outcome()
    # Known ones are revoked first: a person's older certificate must not stand in the way of the
    # one that came after it.
    left = {
        serial: one
        for serial, one in revocations.items()
        if not _revoke(ca, tx, authority_id, one, actor, outcome)
    }
    for one in regained:
        if _keep(ca, tx, authority_id, one, one.serial in left, actor):
            outcome.regained += 1
    for serial, revocation in left.items():
        if not _revoke(ca, tx, authority_id, revocation, actor, outcome):
            # Its number is taken all the same.
            serials.reserve(tx, authority_id, serial, at)
            outcome.unknown.append(serial.hex())
    before = feed.position(tx, authority_id, left_out=tell_left_out)
    after = feed.skip(tx, authority_id, feed.POSITIONS_SKIPPED)
    ca.journal.append(
        tx,
        AUTHORITY_RESTORED,
        stream=str(authority_id),
        actor=actor,
        subject=str(authority_id),
        at=at,
        details={
            "regained": outcome.regained,
            "revoked": outcome.revoked,
            "unknown": len(outcome.unknown),
            "sequence_before": before.head if before else 0,
            "sequence_after": after.head,
            "numbers_skipped": NUMBERS_SKIPPED,
        },
    )
    tx.after_commit(ca.feed_signal.notify)
    return outcome


def _keep(
    ca: CaContext,
    tx: Transaction,
    authority_id: AuthorityId,
    one: Regained,
    revoked: bool,  # noqa: FBT001 - called once
    actor: str,
) -> bool:
    """Keep a certificate; False if it is known here."""
    if certificates.get(tx, authority_id, one.serial) is not None:
        return False
    at, source = ca.clock.now(), one.source
    serials.reserve(tx, authority_id, one.serial, one.not_before)
    alive = not revoked and one.not_after >= at
    issuances.add_signed(
        tx,
        _intent_of(authority_id, one, actor, at),
        live=alive and _has_place(tx, authority_id, source.person_reference, at),
    )
    used_keys.claim(
        tx,
        one.key_fingerprint,
        authority_id=authority_id,
        kind=CertificateKind.USER,
        at=one.not_before,
    )
    enter_certificate(tx, _record_of(authority_id, one), at)
    ca.journal.append(
        tx,
        CERTIFICATE_REGAINED,
        stream=str(authority_id),
        actor=actor,
        subject=one.serial.hex(),
        at=at,
        details={
            "certificate_sha256": hashlib.sha256(source.certificate).hexdigest(),
            "key_sha256": one.key_fingerprint.hex(),
            "partition": one.partition,
            "application_id": source.application_id,
            "municipality_code": source.municipality.code,
        },
        not_after=one.not_after,
    )
    return True


def _intent_of(authority_id: AuthorityId, one: Regained, actor: str, at: datetime) -> Intent:
    """As it stands once signed: nothing is left to sign."""
    source = one.source
    return Intent(
        authority_id=authority_id,
        serial=one.serial,
        request=RequestKey(
            _METHOD, actor, source.application_id, hashlib.sha256(source.certificate).digest()
        ),
        kind=CertificateKind.USER,
        tbs=b"",
        generation=one.generation,
        key_fingerprint=one.key_fingerprint,
        partition=one.partition,
        not_before=one.not_before,
        not_after=one.not_after,
        intended_at=at,
        holder=Holder(
            person_reference=source.person_reference,
            application_id=source.application_id,
            municipality_code=source.municipality.code,
        ),
    )


def _record_of(authority_id: AuthorityId, one: Regained) -> CertificateRecord:
    return CertificateRecord(
        authority_id=authority_id,
        serial=one.serial,
        kind=CertificateKind.USER,
        generation=one.generation,
        certificate=one.source.certificate,
        partition=one.partition,
        not_after=one.not_after,
        issued_at=one.not_before,
    )


def _has_place(tx: Reading, authority_id: AuthorityId, person: bytes, at: datetime) -> bool:
    """Whether no other live certificate of the person is known: of two, both are kept and can be
    revoked, and the first takes the place."""
    try:
        issuances.require_no_live(tx, authority_id, person, at)
    except OpenJpkiError:
        return False
    return True


def _revoke(
    ca: CaContext,
    tx: Transaction,
    authority_id: AuthorityId,
    one: _Revocation,
    actor: str,
    outcome: Outcome,
) -> bool:
    """Keep a revocation, unless it is there; False without such a certificate."""
    found = certificates.get(tx, authority_id, one.serial)
    if found is None:
        return False
    if certificates.revocation_of(tx, authority_id, one.serial) is not None:
        return True
    if found.kind is CertificateKind.USER:
        found = as_certified(found)
    enter_revocation(tx, found, cause=one.cause.name, reason=one.reason, revoked_at=one.revoked_at)
    issuances.end_life(tx, authority_id, found.serial)
    ca.journal.append(
        tx,
        REVOCATION_REGAINED[found.kind],
        stream=str(authority_id),
        actor=actor,
        subject=found.serial.hex(),
        at=ca.clock.now(),
        details={
            "cause": one.cause.name,
            "reason_code": int(one.reason),
            "partition": found.partition,
        },
        not_after=found.not_after,
    )
    outcome.revoked += 1
    return True


def _revocations(tx: Reading, authority: Authority, known: Known) -> dict[bytes, _Revocation]:
    """By serial number, those not known here; of two that tell of one, the window's: it names the
    cause."""
    causes = {reason: cause for cause, reason in authority.policy.crl.reasons.items()}
    found = {
        one.serial: _Revocation(
            one.serial,
            # A list has the reason code alone; more than one cause may stand behind it.
            causes.get(one.reason, RevocationCause.USER_WISH),
            one.reason,
            one.revoked_at,
        )
        for der in known.lists
        for one in entries_of(authority, der)
        if certificates.revocation_of(tx, authority.authority_id, one.serial) is None
    }
    for told in known.revoked:
        reason = authority.policy.crl.reason_for(told.cause)
        found[told.serial] = _Revocation(told.serial, told.cause, reason, told.revoked_at)
    return found
