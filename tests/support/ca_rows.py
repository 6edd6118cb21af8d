"""Rows of ca's database, each from a number: what an issuance, a revocation and a list leave."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.generation import Generation, GenerationState
from openjpki.domain.status_event import Event, NewEvent
from openjpki.storage.ca import authorities, certificates, feed, issuances, serials
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.certificates import CertificateRecord, RevocationRecord
from openjpki.storage.ca.entering import enter_signed
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.lists import ListFacts
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    from openjpki.storage.kernel.transaction import Transaction

AT = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
END = AT + timedelta(days=3 * 365)
TOKYO, OSAKA, HOKKAIDO, KANAGAWA = map(AuthorityId.signing, ("13", "27", "01", "14"))
CALLER = "spiffe://openjpki.example/registration"


def authority(authority_id: AuthorityId) -> AuthorityRecord:
    """An active authority with a policy."""
    return AuthorityRecord(
        authority_id=authority_id,
        active=True,
        policy_json=authorities.as_json({"version": "1", "cps_uri": "https://例.example/"}),
        created_at=AT,
    )


def generation(
    authority_id: AuthorityId, number: int = 1, state: GenerationState = GenerationState.ACTIVE
) -> Generation:
    """One of an authority's generations; ten years from :data:`AT`."""
    return Generation(
        authority_id=authority_id,
        number=number,
        certificate=f"certificate {number} of {authority_id}".encode(),
        key_label=f"authority/{authority_id}/{number}",
        not_before=AT,
        not_after=AT + timedelta(days=10 * 365),
        state=state,
    )


def intent(number: int, *, authority_id: AuthorityId = TOKYO, person: int | None = None) -> Intent:
    """The intent of a user's certificate; all of it follows from the number."""
    serial = b"\x40" + number.to_bytes(19, "big")
    return Intent(
        authority_id=authority_id,
        serial=serial,
        request=RequestKey.of("Issue", CALLER, f"request {number}", b"content"),
        kind=CertificateKind.USER,
        tbs=b"tbs %d" % number,
        generation=1,
        key_fingerprint=hashlib.sha256(b"key %d" % number).digest(),
        partition="13101-1",
        not_before=AT,
        not_after=END,
        intended_at=AT,
        holder=Holder(
            person_reference=hashlib.sha256(
                b"%d" % (number if person is None else person)
            ).digest(),
            application_id="11111111-1111-4111-8111-111111111111",
            municipality_code="13101",
        ),
    )


def certificate(made: Intent) -> CertificateRecord:
    """The certificate that the intent announced."""
    return CertificateRecord(
        authority_id=made.authority_id,
        serial=made.serial,
        kind=made.kind,
        generation=made.generation,
        certificate=b"certificate " + made.serial,
        partition=made.partition,
        not_after=made.not_after,
        issued_at=AT,
    )


def intend(tx: Transaction, made: Intent) -> None:
    """Reserve the serial and store the intent."""
    assert serials.reserve(tx, made.authority_id, made.serial, AT)
    issuances.add_intent(tx, made)


def event_of(
    made: Intent, status: CertificateStatus, *, reason_code: int = 0, at: datetime = AT
) -> NewEvent:
    """What the feed says of it."""
    return NewEvent(
        serial=made.serial,
        generation=1,
        not_after=made.not_after,
        status=status,
        reason_code=reason_code,
        at=at,
    )


def placed(sequence: int, event: NewEvent) -> Event:
    """The event at its place in the feed."""
    return Event(sequence=sequence, **asdict(event))


def issue(tx: Transaction, made: Intent) -> int:
    """All that an issuance leaves; the event's place."""
    intend(tx, made)
    entered = enter_signed(tx, certificate(made), AT)
    assert entered is not None
    return entered.position


def revoke(tx: Transaction, made: Intent, *, reason: int = 5, at: datetime = AT) -> int:
    """All that a revocation leaves; the event's place."""
    issuances.end_life(tx, made.authority_id, made.serial)
    event = event_of(made, CertificateStatus.REVOKED, reason_code=reason, at=at)
    sequence = feed.append(tx, made.authority_id, event)
    kept = certificates.add_revocation(
        tx,
        RevocationRecord(
            authority_id=made.authority_id,
            serial=made.serial,
            generation=made.generation,
            partition=made.partition,
            not_after=made.not_after,
            cause="USER_WISH",
            reason_code=reason,
            revoked_at=at,
            sequence=sequence,
        ),
    )
    assert kept
    return sequence


def facts(number: int, partition: str = "13101-1", der: bytes = b"") -> ListFacts:
    """A list of Tokyo's first generation; all of it follows from the number."""
    return ListFacts(
        authority_id=TOKYO,
        generation=1,
        partition=partition,
        number=number,
        this_update=AT + timedelta(days=number),
        next_update=AT + timedelta(days=number + 2),
        entries=0,
        as_of=number,
        sha256=hashlib.sha256(der).digest(),
    )
