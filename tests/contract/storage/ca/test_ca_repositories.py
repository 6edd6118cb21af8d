"""What the authorities keep, on both databases."""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.generation import Generation, GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import (
    authorities,
    certificates,
    feed,
    generations,
    issuances,
    lists,
    serials,
    used_keys,
)
from openjpki.storage.ca.authorities import AuthorityRecord
from openjpki.storage.ca.certificates import CertificateRecord, RevocationRecord
from openjpki.storage.ca.feed import Event, NewEvent
from openjpki.storage.ca.issuances import Holder, Intent
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.ca.lists import ListFacts
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.migrations import upgrade

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

AT = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
END = AT + timedelta(days=3 * 365)
TOKYO, OSAKA, HOKKAIDO, KANAGAWA = map(AuthorityId.signing, ("13", "27", "01", "14"))
CALLER = "spiffe://openjpki.example/registration"


def authority(authority_id: AuthorityId) -> AuthorityRecord:
    return AuthorityRecord(
        authority_id=authority_id,
        active=True,
        policy_json=authorities.as_json({"version": "1", "cps_uri": "https://例.example/"}),
        created_at=AT,
    )


def generation(
    authority_id: AuthorityId, number: int = 1, state: GenerationState = GenerationState.ACTIVE
) -> Generation:
    return Generation(
        authority_id=authority_id,
        number=number,
        certificate=f"certificate {number} of {authority_id}".encode(),
        key_label=f"authority/{authority_id}/{number}",
        not_before=AT,
        not_after=AT + timedelta(days=10 * 365),
        state=state,
    )


@pytest.fixture
def database(empty_database: Database) -> Database:
    upgrade(empty_database, "ca")
    with empty_database.transaction() as tx:
        for one in (TOKYO, OSAKA):
            authorities.add(tx, authority(one))
            generations.add(tx, generation(one))
    return empty_database


def intent(number: int, *, authority_id: AuthorityId = TOKYO, person: int | None = None) -> Intent:
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
    assert serials.reserve(tx, made.authority_id, made.serial, AT)
    issuances.add_intent(tx, made)


def event_of(
    made: Intent, status: CertificateStatus, *, reason_code: int = 0, at: datetime = AT
) -> NewEvent:
    return NewEvent(
        serial=made.serial,
        generation=1,
        not_after=made.not_after,
        status=status,
        reason_code=reason_code,
        at=at,
    )


def placed(sequence: int, event: NewEvent) -> Event:
    return Event(sequence=sequence, **asdict(event))


def issue(tx: Transaction, made: Intent) -> int:
    intend(tx, made)
    assert issuances.mark_signed(tx, made.authority_id, made.serial)
    certificates.add(tx, certificate(made))
    return feed.append(tx, made.authority_id, event_of(made, CertificateStatus.GOOD))


def revoke(tx: Transaction, made: Intent, *, reason: int = 5, at: datetime = AT) -> int:
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


@pytest.mark.requirement("R1.3.1")
def test_authorities_stand_side_by_side(database: Database) -> None:
    with database.reading() as tx:
        assert authorities.get(tx, TOKYO) == authority(TOKYO)
        assert [one.authority_id for one in authorities.all_of(tx)] == [TOKYO, OSAKA]
        assert authorities.get(tx, HOKKAIDO) is None
    with database.transaction() as tx:
        assert authorities.set_active(tx, TOKYO, active=False)
        assert not authorities.set_active(tx, TOKYO, active=False)
        authorities.set_policy(tx, OSAKA, {"version": "2"})
    with database.reading() as tx:
        tokyo, osaka = authorities.all_of(tx)
    assert (tokyo.active, osaka.active) == (False, True)
    assert (tokyo.policy["version"], osaka.policy["version"]) == ("1", "2")


def test_no_serial_is_reserved_twice(database: Database) -> None:
    with database.transaction() as tx:
        assert serials.reserve(tx, TOKYO, b"\x41", AT)
        assert not serials.reserve(tx, TOKYO, b"\x41", AT)
        assert serials.reserve(tx, OSAKA, b"\x41", AT)


@pytest.mark.requirement("R2.4.2")
def test_one_live_certificate_per_person_and_authority(database: Database) -> None:
    with database.transaction() as tx:
        intend(tx, intent(1, person=7))
        intend(tx, intent(2, person=8))
        intend(tx, intent(3, person=7, authority_id=OSAKA))
    second = intent(4, person=7)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(lambda tx: intend(tx, second))
    assert refusal.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
    holder = second.holder
    assert holder is not None
    with database.reading() as reading, pytest.raises(OpenJpkiError) as early:
        issuances.require_no_live(reading, TOKYO, holder.person_reference, AT)
    assert early.value.reason is Reason.LIVE_CERTIFICATE_EXISTS


def test_revoked_or_expired_certificates_make_room(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1, person=7))
        issue(tx, intent(2, person=8))
        revoke(tx, intent(1, person=7))
    with database.transaction() as tx:
        intend(tx, intent(3, person=7))
    later = END + timedelta(seconds=1)
    with database.transaction() as tx:
        intend(tx, replace(intent(4, person=8), intended_at=later))


def test_same_person_at_once_gets_one(database: Database) -> None:
    together = threading.Barrier(6)

    def call(number: int) -> str:
        together.wait(10)
        try:
            database.run(lambda tx: intend(tx, intent(number, person=7)))
        except OpenJpkiError as error:
            return error.reason.name
        return "done"

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(call, range(6)))
    assert outcomes == ["LIVE_CERTIFICATE_EXISTS"] * 5 + ["done"]


def test_there_is_no_event_without_a_feed(database: Database) -> None:
    event = NewEvent(
        serial=b"\x01", generation=1, not_after=END, status=CertificateStatus.GOOD, at=AT
    )
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        feed.append(tx, HOKKAIDO, event)
    assert refusal.value.reason is Reason.INTERNAL
    with database.reading() as tx:
        assert feed.events_after(tx, HOKKAIDO, 0, 10) == []


def test_intent_holds_what_finishing_it_takes(database: Database) -> None:
    made = intent(1)
    with database.transaction() as tx:
        intend(tx, made)
    with database.reading() as tx:
        assert issuances.get_intent(tx, TOKYO, made.serial) == made
        assert issuances.open_intents(tx, TOKYO) == [made.serial]
        assert issuances.open_intents(tx, OSAKA) == []
        assert issuances.progress_of(tx, made.request) == issuances.Progress(
            made.serial, signed=False
        )
        assert issuances.progress_of(tx, replace(made.request, request_id="another")) is None
    with database.transaction() as tx:
        assert issuances.mark_signed(tx, TOKYO, made.serial)
        assert not issuances.mark_signed(tx, TOKYO, made.serial)
    with database.reading() as tx:
        assert issuances.get_intent(tx, TOKYO, made.serial) is None
        assert issuances.progress_of(tx, made.request) == issuances.Progress(
            made.serial, signed=True
        )


def test_intent_of_a_reused_request_id_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        intend(tx, intent(1))
    other = RequestKey.of("Issue", CALLER, "request 1", b"other")
    with database.reading() as tx, pytest.raises(OpenJpkiError) as refusal:
        issuances.progress_of(tx, other)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED


@pytest.mark.requirement("R2.5.3")
@pytest.mark.parametrize(
    ("first", "then", "reason"),
    [
        (CertificateKind.USER, CertificateKind.USER, Reason.KEY_ALREADY_USED),
        (CertificateKind.USER, CertificateKind.RESPONDER, Reason.KEY_ALREADY_USED),
        (CertificateKind.AUTHORITY, CertificateKind.USER, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.CROSS, CertificateKind.USER, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.AUTHORITY, CertificateKind.CROSS, Reason.KEY_OF_AUTHORITY),
        (CertificateKind.RESPONDER, CertificateKind.RESPONDER, None),
        (CertificateKind.CROSS, CertificateKind.CROSS, None),
    ],
)
def test_keys_are_used_once(
    database: Database, first: CertificateKind, then: CertificateKind, reason: Reason | None
) -> None:
    with database.transaction() as tx:
        used_keys.claim(tx, b"k" * 32, authority_id=TOKYO, kind=first, at=AT)
    with database.reading() as reading:
        assert used_keys.kind_of(reading, b"k" * 32) is first

    def claim(tx: Transaction) -> None:
        used_keys.claim(tx, b"k" * 32, authority_id=OSAKA, kind=then, at=AT)

    if reason is None:
        database.run(claim)
        return
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(claim)
    assert refusal.value.reason is reason


def test_feed_positions_rise_by_one_under_concurrency(database: Database) -> None:
    def call(number: int) -> int:
        return database.run(lambda tx: issue(tx, intent(number)))

    with ThreadPoolExecutor(8) as pool:
        positions = list(pool.map(call, range(30)))
    assert sorted(positions) == list(range(1, 31))
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(30, 0)
        assert feed.position(tx, OSAKA) == feed.Position(0, 0)
        assert feed.position(tx, HOKKAIDO) is None
        events = feed.events_after(tx, TOKYO, 10, 100)
    assert [event.sequence for event in events] == list(range(11, 31))


def test_feed_tells_what_happened(database: Database) -> None:
    later = AT + timedelta(minutes=5)
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1), reason=1, at=later)
    with database.reading() as tx:
        assert feed.events_after(tx, TOKYO, 0, 100) == [
            placed(1, event_of(intent(1), CertificateStatus.GOOD)),
            placed(2, event_of(intent(1), CertificateStatus.REVOKED, reason_code=1, at=later)),
        ]
    with database.transaction() as tx:
        assert feed.drop_events(tx, TOKYO, 1) == 1
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(2, 1)
        assert [event.sequence for event in feed.events_after(tx, TOKYO, 0, 9)] == [2]


def test_events_are_dropped_by_age_and_never_out_of_order(database: Database) -> None:
    # The third one's clock was set back before the fourth: what is young keeps what follows it.
    minutes = (0, 1, 30, 2, 40)
    with database.transaction() as tx:
        for number, minute in enumerate(minutes):
            at = AT + timedelta(minutes=minute)
            feed.append(tx, TOKYO, event_of(intent(number), CertificateStatus.GOOD, at=at))
    limit = AT + timedelta(minutes=10)
    with database.reading() as tx:
        assert feed.last_before(tx, TOKYO, AT, at_most=9) is None
        assert feed.last_before(tx, KANAGAWA, limit, at_most=9) is None
        assert feed.last_before(tx, TOKYO, limit, at_most=1) == 1
        assert feed.last_before(tx, TOKYO, limit, at_most=9) == 2
        assert feed.last_before(tx, TOKYO, AT + timedelta(hours=1), at_most=9) == 5
    with database.transaction() as tx:
        assert feed.drop_events(tx, TOKYO, 2) == 2
        assert feed.drop_events(tx, TOKYO, 1) == 0
    with database.reading() as tx:
        assert feed.position(tx, TOKYO) == feed.Position(5, 2)
        assert feed.last_before(tx, TOKYO, limit, at_most=9) is None


def test_snapshot_is_all_certificates_in_pieces(database: Database) -> None:
    with database.transaction() as tx:
        for number in range(25):
            issue(tx, intent(number))
        revoke(tx, intent(3), reason=4, at=AT)
        certificates.add(
            tx,
            CertificateRecord(
                authority_id=OSAKA,
                serial=b"\x01",
                kind=CertificateKind.AUTHORITY,
                generation=1,
                certificate=b"own",
                partition="authority",
                not_after=END,
                issued_at=AT,
            ),
        ) if serials.reserve(tx, OSAKA, b"\x01", AT) else pytest.fail("taken")
    with database.reading() as tx:
        pieces = list(feed.snapshot(tx, TOKYO, 10, ended_before=END))
        assert list(feed.snapshot(tx, OSAKA, 10, ended_before=END)) == []
        # All end at the same time.
        assert list(feed.snapshot(tx, TOKYO, 10, ended_before=END + timedelta(seconds=1))) == []
    assert [len(piece.serials) for piece in pieces] == [10, 10, 5]
    rows = {
        serial: (status, reason, at)
        for piece in pieces
        for serial, status, reason, at in zip(
            piece.serials, piece.statuses, piece.reasons, piece.revoked_at, strict=True
        )
    }
    assert len(rows) == 25
    assert rows[intent(3).serial] == (CertificateStatus.REVOKED, 4, int(AT.timestamp()))
    assert rows[intent(4).serial] == (CertificateStatus.GOOD, 0, 0)


def test_certificates_are_found_by_authority(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
    with database.reading() as tx:
        assert certificates.get(tx, TOKYO, intent(1).serial) == certificate(intent(1))
        assert certificates.get(tx, OSAKA, intent(1).serial) is None
        found = certificates.revocation_of(tx, TOKYO, intent(1).serial)
        assert found is not None
        assert (found.sequence, found.revoked_at) == (2, AT)
        assert certificates.revocation_of(tx, OSAKA, intent(1).serial) is None
        again = replace(found, sequence=3)
    with database.transaction() as tx:
        assert not certificates.add_revocation(tx, again)


@pytest.mark.requirement("R1.3.1")
def test_no_row_of_one_authority_hangs_on_another(database: Database) -> None:
    """A serial reserved by one authority carries no certificate of another."""
    with database.transaction() as tx:
        serials.reserve(tx, OSAKA, intent(1).serial, AT)
    with pytest.raises(OpenJpkiError) as refusal:
        database.run(lambda tx: certificates.add(tx, certificate(intent(1))))
    assert refusal.value.reason is Reason.INTERNAL


def facts(number: int, partition: str = "13101-1", der: bytes = b"") -> ListFacts:
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


@pytest.mark.requirement("R3.2")
def test_list_holds_the_revoked_of_its_scope(database: Database) -> None:
    other = replace(intent(3), partition="13102-1")
    with database.transaction() as tx:
        for made in (intent(2), intent(1), other):
            issue(tx, made)
            revoke(tx, made, reason=3, at=AT + timedelta(seconds=9))
        issue(tx, intent(4))
    with database.reading() as tx:
        columns = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=None)
        assert lists.partitions_in_use(tx, TOKYO, 1) == {"13101-1", "13102-1"}
        assert lists.revoked(tx, OSAKA, 1, "13101-1", expired_before=None).serials == b""
    serials = [intent(1).serial, intent(2).serial]
    assert columns.serials == b"".join(serials)
    assert list(columns.serial_lengths) == [len(serial) for serial in serials]
    assert columns.reasons == b"\x03\x03"
    assert columns.revoked_at == (int(AT.timestamp()) + 9).to_bytes(8, "little") * 2


def test_each_generation_has_lists_of_its_own(database: Database) -> None:
    second = replace(intent(2), generation=2)
    with database.transaction() as tx:
        generations.set_state(
            tx, TOKYO, 1, now=GenerationState.ACTIVE, then=GenerationState.RETIRING
        )
        generations.add(tx, generation(TOKYO, 2))
        for made in (intent(1), second):
            issue(tx, made)
            revoke(tx, made)
        lists.add(tx, facts(1), b"of the first")
        lists.add(tx, replace(facts(1), generation=2), b"of the second")
    with database.reading() as tx:
        found = [
            lists.revoked(tx, TOKYO, number, "13101-1", expired_before=None).serials
            for number in (1, 2, 3)
        ]
        newest = lists.newest_of_all(tx, TOKYO)
        assert [lists.read(tx, one) for one in newest] == [b"of the first", b"of the second"]
        assert lists.newest(tx, TOKYO, 2, "13101-1") == newest[1]
        assert lists.partitions_in_use(tx, TOKYO, 3) == set()
    assert found == [intent(1).serial, second.serial, b""]


def test_generations_are_kept_in_order(database: Database) -> None:
    planned = generation(TOKYO, 2, GenerationState.PLANNED)
    with database.transaction() as tx:
        generations.add(tx, planned)
    with database.reading() as tx:
        assert generations.of(tx, TOKYO) == (generation(TOKYO), planned)
        assert generations.of(tx, OSAKA) == (generation(OSAKA),)
        assert generations.of(tx, HOKKAIDO) == ()
        assert generations.get(tx, TOKYO, 2) == planned
        assert generations.get(tx, OSAKA, 2) is None


def test_one_generation_of_an_authority_issues(database: Database) -> None:
    with database.transaction() as tx:
        generations.add(tx, generation(TOKYO, 2, GenerationState.PLANNED))

    def change(number: int, now: GenerationState, then: GenerationState) -> bool:
        return database.run(lambda tx: generations.set_state(tx, TOKYO, number, now=now, then=then))

    with pytest.raises(OpenJpkiError) as refusal:
        change(2, GenerationState.PLANNED, GenerationState.ACTIVE)
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    assert change(1, GenerationState.ACTIVE, GenerationState.RETIRING)
    assert not change(1, GenerationState.ACTIVE, GenerationState.RETIRING)
    assert change(2, GenerationState.PLANNED, GenerationState.ACTIVE)
    with database.reading() as reading:
        states = [one.state for one in generations.of(reading, TOKYO)]
    assert states == [GenerationState.RETIRING, GenerationState.ACTIVE]


def test_what_was_signed_names_a_generation_that_there_is(database: Database) -> None:
    stray = replace(intent(1), generation=2)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        intend(tx, stray)


@pytest.mark.requirement("R3.2")
def test_expired_entries_stay_for_one_more_list(database: Database) -> None:
    with database.transaction() as tx:
        issue(tx, intent(1))
        revoke(tx, intent(1))
    second = timedelta(seconds=1)
    with database.reading() as tx:
        # The list before was made while the certificate was valid: this one still has it.
        kept = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END - second)
        last = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END)
        # The list before was the first after the expiry: gone now.
        gone = lists.revoked(tx, TOKYO, 1, "13101-1", expired_before=END + second)
    assert (len(kept.reasons), len(last.reasons), len(gone.reasons)) == (1, 1, 0)


def test_lists_rise_and_old_bytes_go(database: Database) -> None:
    for number in range(1, 6):
        with database.transaction() as tx:
            lists.add(tx, facts(number), b"list %d" % number)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        lists.add(tx, facts(5), b"another")
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    with database.transaction() as tx:
        lists.add(tx, facts(1, "authority"), b"0123456789")
    with database.reading() as tx:
        newest = lists.newest(tx, TOKYO, 1, "13101-1")
        assert newest == facts(5)
        assert lists.newest(tx, TOKYO, 1, "13102-1") is None
        assert lists.newest(tx, OSAKA, 1, "13101-1") is None
        assert [lists.read(tx, facts(number)) for number in (2, 3, 5)] == [
            None,
            b"list 3",
            b"list 5",
        ]
        assert [one.number for one in lists.newest_of_all(tx, TOKYO)] == [5, 1]
        pieces = [lists.piece(tx, facts(1, "authority"), at, 4) for at in (0, 4, 8, 12)]
    assert pieces == [b"0123", b"4567", b"89", b""]
