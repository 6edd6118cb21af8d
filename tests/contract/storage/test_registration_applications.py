"""What the registration service keeps of applications, on both databases."""

from __future__ import annotations

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from openjpki.domain.application import ApplicationState, IdentityCheck, IdentityEvidence
from openjpki.domain.application_end import RejectionReason, WithdrawalReason
from openjpki.domain.certificate_hand_over import (
    Closed,
    Closing,
    Handing,
    HandOver,
    Medium,
    Recipient,
)
from openjpki.domain.evidence import Occasion, OfficerSignature, StatementKind
from openjpki.domain.municipality import Municipality
from openjpki.domain.officers import Officer
from openjpki.domain.person import Applicant, FourAttributes, RomanisedName
from openjpki.domain.window import OfficerId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.requests import RequestKey
from openjpki.storage.migrations import upgrade
from openjpki.storage.registration import (
    applications,
    closing,
    identity_checks,
    issuers,
    officer_signatures,
    personal_data,
    reference_keys,
    used_keys,
)
from openjpki.storage.registration.applications import Approval, Issued, NewApplication, Waiting
from openjpki.storage.registration.identity_checks import Purpose
from openjpki.storage.registration.tables import (
    ENDED_CERTIFICATE,
    HANDED_OVER,
    WAITS,
    metadata,
)
from tests.support.schemas import put_schema

if TYPE_CHECKING:
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

AT = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
END = AT + timedelta(days=3 * 365)
FIRST, SECOND = OfficerId("sato"), OfficerId("suzuki")
CALLER = "spiffe://openjpki.example/window-officer/16201/suzuki"
APPLICANT = Applicant.as_registered(
    FourAttributes.parse(
        name="渡邉　太郎",
        birth_date="1980-02-17",
        sex="1",
        address="富山県富山市本町１−１",
        municipality=Municipality("16201"),
        today=date(2026, 4, 1),
    ),
    RomanisedName("WATANABE TARO"),
)
CHECK = IdentityCheck(IdentityEvidence.PHOTO_DOCUMENT, "drivers-licence", FIRST, AT)


def signed(officer: str, at: datetime) -> OfficerSignature:
    return OfficerSignature(
        occasion=Occasion(
            officer=Officer.parse(f"window-officer/16201/{officer}"),
            request_id=str(uuid.uuid4()),
            signed_at=at,
        ),
        key_sha256=bytes(32),
        signature=bytes(64),
    )


def new(person: int = 1) -> NewApplication:
    return NewApplication(
        application_id=str(uuid.uuid4()),
        municipality_code="16201",
        window_id="16201001A",
        person_reference=hashlib.sha256(b"%d" % person).digest(),
        submitted_by=FIRST,
        submitted_at=AT,
    )


def approval(number: int = 1) -> Approval:
    return Approval(
        officer=SECOND,
        at=AT + timedelta(minutes=number),
        request=RequestKey.of("Decide", CALLER, str(uuid.uuid4()), b"content"),
        issue_request_id=str(uuid.uuid4()),
    )


def issued(number: int = 1) -> Issued:
    return Issued(serial=b"\x40%d" % number, not_after=END, issuer_sha256=b"")


def take(tx: Transaction, application: NewApplication) -> None:
    assert applications.add(tx, application)
    personal_data.add(tx, application.application_id, APPLICANT)


def approve(tx: Transaction, application: NewApplication, *, number: int = 1) -> Approval:
    take(tx, application)
    applications.confirm_identity(tx, application.application_id, FIRST)
    applications.present_key(tx, application.application_id, b"key %d" % number)
    given = approval(number)
    applications.approve(tx, application.application_id, given)
    return given


def issue(tx: Transaction, application: NewApplication, *, number: int = 1) -> None:
    approve(tx, application, number=number)
    sha256 = issuers.keep(tx, b"authority")
    applications.issue(
        tx, application.application_id, replace(issued(number), issuer_sha256=sha256)
    )


@pytest.fixture
def database(empty_database: Database) -> Database:
    put_schema(empty_database, "registration")
    return empty_database


def test_an_application_is_read_back_as_it_was_taken(database: Database) -> None:
    application = new()
    with database.transaction() as tx:
        take(tx, application)
    with database.reading() as tx:
        found = applications.get(tx, "16201", application.application_id)
        kept = personal_data.get(tx, application.application_id, "16201")
        assert applications.get(tx, "16202", application.application_id) is None
    assert found is not None
    assert found.state is ApplicationState.SUBMITTED
    assert (found.submitted_by, found.submitted_at) == (FIRST, AT)
    assert found.person_reference == application.person_reference
    later = (found.checked_by, found.decided_by, found.approval, found.issued)
    assert later == (None, None, None, None)
    assert kept is not None
    assert kept.applicant == APPLICANT
    assert kept.certification_request is kept.certificate is None


def test_each_step_is_kept(database: Database) -> None:
    application = new()
    with database.transaction() as tx:
        given = approve(tx, application)
        personal_data.add_request(tx, application.application_id, b"csr")
        waiting = applications.lock(tx, "16201", application.application_id)
        assert applications.approved(tx) == [("16201", application.application_id)]
        sha256 = issuers.keep(tx, b"authority")
        assert issuers.keep(tx, b"authority") == sha256
        made = replace(issued(), issuer_sha256=sha256)
        applications.issue(tx, application.application_id, made)
        personal_data.add_certificate(tx, application.application_id, b"certificate")
    assert waiting is not None
    assert waiting.state is ApplicationState.APPROVED
    assert waiting.approval == given
    assert (waiting.checked_by, waiting.decided_by) == (FIRST, SECOND)
    with database.reading() as tx:
        found = applications.by_serial(tx, "16201", made.serial)
        kept = personal_data.get(tx, application.application_id, "16201")
        assert applications.by_serial(tx, "16202", made.serial) is None
        assert applications.approved(tx) == []
        assert issuers.get(tx, sha256) == b"authority"
        assert issuers.get(tx, b"other") is None
    assert found is not None
    assert (found.state, found.live, found.issued) == (ApplicationState.ISSUED, True, made)
    assert found.key_fingerprint == b"key 1"
    assert kept is not None
    assert (kept.certification_request, kept.certificate) == (b"csr", b"certificate")


def test_who_waits_and_since_when(database: Database) -> None:
    with database.transaction() as tx:
        assert applications.undecided(tx) == applications.unanswered(tx) == Waiting(0, None)
        taken = [replace(new(n), submitted_at=AT - timedelta(hours=n)) for n in range(1, 5)]
        for one in taken:
            applications.add(tx, one)
        for one in taken[:3]:
            applications.confirm_identity(tx, one.application_id, FIRST)
            applications.present_key(tx, one.application_id, one.person_reference)
        assert applications.undecided(tx) == Waiting(3, AT - timedelta(hours=3))
        applications.approve(tx, taken[2].application_id, approval(5))
        applications.approve(tx, taken[1].application_id, approval(7))
        assert applications.undecided(tx) == Waiting(1, AT - timedelta(hours=1))
        assert applications.unanswered(tx) == Waiting(2, AT + timedelta(minutes=5))
        applications.refuse(tx, taken[2].application_id, "KEY_WEAK", AT)
        assert applications.unanswered(tx) == Waiting(1, AT + timedelta(minutes=7))


def test_waiting_ones_are_found_by_an_index(database: Database) -> None:
    """Of a hundred million applications they are few."""
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.transaction() as tx:
        if database.dialect == "postgresql":
            tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        for state, column in (("key_presented", "submitted_at"), ("approved", "decided_at")):
            query = f"SELECT count(*), min({column}) FROM applications WHERE state = '{state}'"  # noqa: S608
            plan = str(tx.connection.execute(text(explain + query)).all())
            assert "ix_applications_" in plan


def test_one_open_application_a_person(database: Database) -> None:
    first, second = new(person=1), new(person=1)
    with database.transaction() as tx:
        take(tx, first)
        assert not applications.add(tx, second)
        assert applications.add(tx, new(person=2))
        reason = WithdrawalReason.STATEMENT_WRONG
        applications.withdraw(tx, first.application_id, SECOND, AT, reason)
        assert applications.add(tx, second)
    with database.reading() as tx:
        withdrawn = applications.get(tx, "16201", first.application_id)
    assert withdrawn is not None
    assert withdrawn.state is ApplicationState.WITHDRAWN
    ended = (withdrawn.end_reason, withdrawn.ended_at, withdrawn.ended_by)
    assert ended == (WithdrawalReason.STATEMENT_WRONG, AT, SECOND)


@pytest.mark.requirement("R2.4.2")
def test_one_live_certificate_a_person(database: Database) -> None:
    first, second = new(person=1), new(person=1)
    with database.transaction() as tx:
        issue(tx, first, number=1)
    with database.reading() as tx:
        live = applications.live_of(tx, first.person_reference)
    assert live is not None
    assert live.application_id == first.application_id
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        issue(tx, second, number=2)
    assert refusal.value.reason is Reason.CONFLICTING_CHANGE
    with database.transaction() as tx:
        assert applications.end_life(tx, first.application_id, AT)
        assert not applications.end_life(tx, first.application_id, AT)
        issue(tx, second, number=2)
    with database.reading() as tx:
        ended = applications.get(tx, "16201", first.application_id)
        live = applications.live_of(tx, first.person_reference)
    assert ended is not None
    assert (ended.live, ended.revoked_at) == (False, AT)
    assert live is not None
    assert live.application_id == second.application_id


def test_two_applications_of_one_person_at_once(database: Database) -> None:
    start = Barrier(2)

    def attempt(_: int) -> bool:
        start.wait()
        return database.run(lambda tx: applications.add(tx, new(person=1)))

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, range(2))) == [False, True]


def test_a_locked_application_is_waited_for(database: Database) -> None:
    application = new()
    with database.transaction() as tx:
        take(tx, application)
    start = Barrier(2)

    def confirm(officer: OfficerId) -> bool:
        start.wait()

        def work(tx: Transaction) -> bool:
            now = applications.lock(tx, "16201", application.application_id)
            assert now is not None
            if now.state is not ApplicationState.SUBMITTED:
                return False
            applications.confirm_identity(tx, application.application_id, officer)
            return True

        return database.run(work)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(confirm, [FIRST, SECOND])) == [False, True]


def test_the_database_itself_wants_two_officers(database: Database) -> None:
    application = new()
    with database.transaction() as tx:
        take(tx, application)
        applications.confirm_identity(tx, application.application_id, SECOND)
    with pytest.raises(OpenJpkiError), database.transaction() as tx:
        applications.approve(tx, application.application_id, approval())
    with database.reading() as tx:
        found = applications.get(tx, "16201", application.application_id)
    assert found is not None
    assert found.state is ApplicationState.IDENTITY_CONFIRMED


def test_rejections_say_by_whom_and_why(database: Database) -> None:
    by_officer, by_authority = new(person=1), new(person=2)
    with database.transaction() as tx:
        take(tx, by_officer)
        applications.reject(
            tx, by_officer.application_id, SECOND, AT, RejectionReason.STATEMENT_WRONG
        )
        personal_data.add_explanation(tx, by_officer.application_id, "旧住所")
        approve(tx, by_authority)
        applications.refuse(tx, by_authority.application_id, "KEY_ALREADY_USED", AT)
    with database.reading() as tx:
        one = applications.get(tx, "16201", by_officer.application_id)
        other = applications.get(tx, "16201", by_authority.application_id)
        explained = [
            kept.explanation
            for each in (by_officer, by_authority)
            if (kept := personal_data.get(tx, each.application_id, "16201"))
        ]
    assert one is not None
    assert other is not None
    assert one.state is other.state is ApplicationState.REJECTED
    assert (one.decided_by, one.refusal) == (SECOND, None)
    ended = (one.end_reason, one.ended_at, one.ended_by)
    assert ended == (RejectionReason.STATEMENT_WRONG, AT, SECOND)
    assert (other.decided_by, other.refusal) == (SECOND, "KEY_ALREADY_USED")
    assert (other.end_reason, other.ended_at, other.ended_by) == (None, AT, None)
    assert explained == ["旧住所", ""]


@pytest.mark.requirement("R2.2.2")
def test_identity_checks_are_kept_once_per_call(database: Database) -> None:
    application = new()
    call = RequestKey.of("Record", CALLER, str(uuid.uuid4()), b"content")
    again = replace(CHECK, evidence=IdentityEvidence.DOCUMENT_AND_QUESTIONS, officer=SECOND)
    with database.transaction() as tx:
        take(tx, application)
        assert identity_checks.add(tx, call, application.application_id, Purpose.ISSUE, CHECK)
        assert not identity_checks.add(tx, call, application.application_id, Purpose.ISSUE, again)
        other = replace(call, request_id=str(uuid.uuid4()))
        assert identity_checks.add(tx, other, application.application_id, Purpose.REVOKE, again)
    with database.reading() as tx:
        at_issue = identity_checks.of_application(tx, application.application_id, Purpose.ISSUE)
        at_end = identity_checks.of_application(tx, application.application_id, Purpose.REVOKE)
    assert (at_issue, at_end) == ([CHECK], [again])


def test_which_check_counts_is_said_by_its_request_and_by_no_clock(database: Database) -> None:
    """An officer's was lost, and the clock had been ahead when it was made: the next one is
    earlier by the clock, and it is the one that is signed for."""
    application = new()
    first = RequestKey.of("Record", CALLER, str(uuid.uuid4()).upper(), b"one")
    then = replace(first, request_id=str(uuid.uuid4()))
    later = replace(
        CHECK,
        evidence=IdentityEvidence.DOCUMENT_AND_QUESTIONS,
        checked_at=CHECK.checked_at - timedelta(days=30),
    )
    with database.transaction() as tx:
        take(tx, application)
        identity_checks.add(tx, first, application.application_id, Purpose.ISSUE, CHECK)
        identity_checks.add(tx, then, application.application_id, Purpose.ISSUE, later)
    with database.reading() as tx:
        named = [
            identity_checks.of_request(tx, application.application_id, Purpose.ISSUE, one.lower())
            for one in (first.request_id, then.request_id, str(uuid.uuid4()))
        ]
    assert named == [CHECK, later, None]


def test_which_signature_counts_is_the_one_kept_later_whatever_the_clocks_said(
    database: Database,
) -> None:
    """Of one officer whose clock was ahead, and of another afterwards whose was right."""
    application = new()
    ahead, right = signed("sato", AT + timedelta(days=30)), signed("suzuki", AT)
    kind = StatementKind.KEY_PRESENTED
    for signature in (ahead, right, right):
        with database.transaction() as tx:
            if signature is ahead:
                take(tx, application)
            officer_signatures.keep(tx, application.application_id, kind, signature)
    with database.reading() as tx:
        kept = officer_signatures.of_application(tx, application.application_id)
    assert kept == {kind: right}


def test_each_end_that_was_asked_for_keeps_its_signature_and_is_not_passed_on_as_another(
    database: Database,
) -> None:
    application, kind = new(), StatementKind.REVOCATION_ASKED
    with database.transaction() as tx:
        take(tx, application)
        for signature in (signed("sato", AT), signed("suzuki", AT)):
            officer_signatures.keep(tx, application.application_id, kind, signature)
    with database.reading() as tx:
        kept = tx.connection.execute(select(metadata.tables["officer_signatures"])).all()
        passed_on = officer_signatures.of_application(tx, application.application_id)
    assert ({row.officer for row in kept}, passed_on) == (
        {f"window-officer/16201/{name}" for name in ("sato", "suzuki")},
        {},
    )


@pytest.mark.requirement("R2.5.3")
def test_a_key_is_taken_once(database: Database) -> None:
    first, second = new(person=1), new(person=2)
    with database.transaction() as tx:
        take(tx, first)
        take(tx, second)
        used_keys.claim(tx, b"key", application_id=first.application_id, at=AT)
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        used_keys.claim(tx, b"key", application_id=second.application_id, at=AT)
    assert refusal.value.reason is Reason.KEY_ALREADY_USED


def test_another_reference_key_is_refused(database: Database) -> None:
    for _ in range(2):
        with database.transaction() as tx:
            reference_keys.require_same(tx, b"check value")
    with pytest.raises(OpenJpkiError) as refusal, database.transaction() as tx:
        reference_keys.require_same(tx, b"another one")
    assert refusal.value.field == "registration.person_key_file"


def test_personal_data_stands_in_one_table(database: Database) -> None:
    """Every other table is searched for what the personal data hold."""
    application = new()
    with database.transaction() as tx:
        issue(tx, application)
    stated = APPLICANT.attributes
    private = {stated.name.text, stated.birth_date.iso, stated.address.text, "WATANABE TARO"}
    with database.reading() as tx:
        for table in metadata.sorted_tables:
            if table.name == "application_personal_data":
                continue
            rows = tx.connection.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608
            assert not private.intersection(str(value) for row in rows for value in row)
    assert stated.name.text not in repr(APPLICANT)


def test_what_was_issued_is_handed_over_and_closed_and_found_as_before(database: Database) -> None:
    application = new()
    handing = Handing(
        recipient=Recipient.PROXY, medium=Medium.FILE, terms_version="2026-04", with_copy=False
    )
    handed, closed = HandOver(handing, SECOND, END), Closed(Closing.NOT_OBJECTED, END)
    with database.transaction() as tx:
        issue(tx, application)
        closing.hand_over(tx, application.application_id, handed)
        there = applications.get(tx, "16201", application.application_id)
        closing.close(tx, application.application_id, closed)
        over = applications.get(tx, "16201", application.application_id)
        of_person = applications.issued_to(tx, "16201", application.person_reference, at_most=9)
        assert applications.live_of(tx, application.person_reference) == over
        # Nobody is kept from applying anew by what is closed.
        assert applications.end_life(tx, application.application_id, AT)
        assert applications.add(tx, new())
    assert there is not None
    assert (there.state, there.handed_over, there.closed) == (
        ApplicationState.HANDED_OVER,
        handed,
        None,
    )
    assert over is not None
    assert (over.state, over.handed_over, over.closed) == (
        ApplicationState.CLOSED,
        handed,
        closed,
    )
    assert of_person == [over]


def test_applications_of_before_keep_what_points_to_them(empty_database: Database) -> None:
    """registration_0014 writes their table anew where the database is SQLite."""
    upgrade(empty_database, "registration", to="registration_0013")
    add = (
        "INSERT INTO applications (application_id, municipality_code, window_id, person_reference,"
        " state, open, live, submitted_by, submitted_at) VALUES (:one, '16201', '16201001A',"
        " :person, 'submitted', :yes, :no, 'sato', :at)"
    )
    values = {"one": "a", "person": b"p", "yes": True, "no": False, "at": AT.replace(tzinfo=None)}
    with empty_database.transaction() as tx:
        tx.connection.execute(text(add).bindparams(**values))
        used_keys.claim(tx, b"key", application_id="a", at=AT)
    upgrade(empty_database, "registration")
    with empty_database.transaction() as tx:
        found = applications.get(tx, "16201", "a")
        assert found is not None
        assert (found.state, found.submitted_at) == (ApplicationState.SUBMITTED, AT)
        applications.confirm_identity(tx, "a", FIRST)
    with pytest.raises(OpenJpkiError) as refusal, empty_database.transaction() as tx:
        used_keys.claim(tx, b"other", application_id="nobody's", at=AT)
    assert refusal.value.reason is Reason.INTERNAL


def test_what_ends_by_itself_is_found_by_indexes_of_those_alone(database: Database) -> None:
    waits, handed, revoked, both = (new(person=n) for n in range(4))
    handing = Handing(
        recipient=Recipient.APPLICANT, medium=Medium.CARD, terms_version="", with_copy=True
    )
    with database.transaction() as tx:
        take(tx, waits)
        for number, one in enumerate((handed, revoked, both)):
            issue(tx, one, number=number)
        closing.hand_over(tx, handed.application_id, HandOver(handing, SECOND, AT))
        applications.end_life(tx, revoked.application_id, AT)
        # Not the person's live one, and not known to be revoked or over.
        applications.end_life(tx, both.application_id, None)
    places = [("16201", one.application_id) for one in (waits, handed, revoked, both)]
    later = AT + timedelta(seconds=1)
    with database.reading() as tx:
        assert closing.taken_before(tx, AT, at_most=9) == []
        assert closing.taken_before(tx, later, at_most=9) == places[:1]
        assert closing.count_taken_before(tx, later) == 1
        assert closing.handed_over_before(tx, AT, at_most=9) == []
        assert closing.handed_over_before(tx, later, at_most=9) == places[1:2]
        assert closing.with_ended_certificate(tx, later, at_most=9) == places[2:3]
        after = END + timedelta(seconds=1)
        assert sorted(closing.with_ended_certificate(tx, after, at_most=9)) == sorted(places[2:])
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.transaction() as tx:
        if database.dialect == "postgresql":
            tx.connection.execute(text("SET LOCAL enable_seqscan = off"))
        for index, condition, column in (
            ("ix_applications_waiting", WAITS, "submitted_at"),
            ("ix_applications_handed_over", HANDED_OVER, "handed_over_at"),
            ("ix_applications_ended_certificate", ENDED_CERTIFICATE, "not_after"),
        ):
            query = f"SELECT * FROM applications WHERE {condition} AND {column} < '2026-05-01'"  # noqa: S608
            assert index in str(tx.connection.execute(text(explain + query)).all())
