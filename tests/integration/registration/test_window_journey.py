"""① to ⑦ at the window: from the application form to the certificate, and its end."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, revocation_pb2
from openjpki.domain.application import Asked
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.create_authority import set_active
from openjpki.services.registration.applications.live_certificate import is_live
from openjpki.storage.kernel.requests import RequestLog
from openjpki.storage.registration import applications, identity_checks
from openjpki.storage.registration.identity_checks import Purpose
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import revoke_request
from tests.support.ocsp_service import until
from tests.support.registration_service import TAKAMATSU, TOYAMA_CITY, form
from tests.support.window_officers import LICENCE

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration


def to_key_presented(desk: Desk, person: SyntheticResident, der: bytes) -> str:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return application_id


@pytest.mark.requirement("P2.2", "R1.3.3", "R2.1.2", "R2.3.3", "R2.4.1", "R2.1.1")
@pytest.mark.parametrize("municipality", [TOYAMA_CITY, TAKAMATSU])
def test_any_resident_gets_a_certificate_at_their_window(
    registration: RunningRegistration,
    people: People,
    fresh_request: Callable[[], bytes],
    municipality: str,
) -> None:
    person = people.another(municipality)
    first = registration.desk("officer-1", municipality)
    second = registration.desk("officer-2", municipality)
    der = fresh_request()

    application = first.submit(person)
    assert application.state == pb.APPLICATION_STATE_SUBMITTED
    assert application.attributes == form(person).attributes
    assert application.romanised_name == person.romanised_name
    application = first.check(application.application_id)
    assert application.state == pb.APPLICATION_STATE_IDENTITY_CONFIRMED
    application = first.present(application.application_id, der)
    assert application.state == pb.APPLICATION_STATE_KEY_PRESENTED
    assert application.certificate == application.serial == b""
    decided = second.decide(application.application_id)

    assert decided.application.state == pb.APPLICATION_STATE_ISSUED
    certificate = x509.load_der_x509_certificate(decided.application.certificate)
    governor = x509.load_der_x509_certificate(decided.authority_certificate)
    certificate.verify_directly_issued_by(governor)
    governor.verify_directly_issued_by(governor)
    assert certificate.public_key() == x509.load_der_x509_csr(der).public_key()
    assert certificate.serial_number == int.from_bytes(decided.application.serial, "big")
    common_name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    assert str(common_name).endswith(f"{municipality}001A")
    assert first.get(application.application_id) == decided.application


@pytest.mark.requirement("R2.2.2")
def test_identity_check_says_how_by_whom_and_when(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(
        application_id,
        identity_pb2.IdentityCheck(
            evidence=identity_pb2.IDENTITY_EVIDENCE_DOCUMENT_AND_QUESTIONS,
            document_kind="health-insurance-card",
            questions=[
                identity_pb2.AskedQuestion(question="household", answered_right=True),
                identity_pb2.AskedQuestion(question="moving-day", answered_right=True),
            ],
        ),
    )
    with registration.database.reading() as tx:
        (kept,) = identity_checks.of_application(tx, application_id, Purpose.ISSUE)
    assert (kept.evidence.value, kept.document_kind) == (
        "document_and_questions",
        "health-insurance-card",
    )
    assert kept.asked == (Asked("household", right=True), Asked("moving-day", right=True))
    assert kept.officer.text == "officer-1"
    (entry,) = [one for one in registration.journal() if one.subject == application_id][1:]
    assert entry.act == "identity.confirmed"
    assert entry.at == kept.checked_at


def test_every_step_leaves_its_act_in_the_journal(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    second_desk.decide(application_id)
    acts = [
        (one.act, one.actor.rpartition("/")[2])
        for one in registration.journal()
        if one.subject == application_id
    ]
    assert acts == [
        ("application.submitted", "officer-1"),
        ("identity.confirmed", "officer-1"),
        ("key.presented", "officer-1"),
        ("application.approved", "officer-2"),
        ("application.issued", "officer-2"),
    ]


def test_a_retry_gets_the_first_answer(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    asked = desk.signed_form(person)
    submitted = desk.stub.SubmitApplication(asked)
    application_id = submitted.application.application_id
    ids = [str(uuid.uuid4()) for _ in range(3)]
    der = fresh_request()
    checked = desk.check(application_id, request_id=ids[0])
    presented = desk.present(application_id, der, request_id=ids[1])
    decided = second_desk.decide(application_id, request_id=ids[2])
    rows, acts = registration.row_counts(), len(registration.journal())
    assert desk.stub.SubmitApplication(asked) == submitted
    assert desk.check(application_id, request_id=ids[0]) == checked
    assert desk.present(application_id, der, request_id=ids[1]) == presented
    assert second_desk.decide(application_id, request_id=ids[2]) == decided
    assert registration.row_counts() == rows
    assert len(registration.journal()) == acts


def test_a_request_id_belongs_to_one_content(
    registration: RunningRegistration, desk: Desk, people: People, person: SyntheticResident
) -> None:
    asked = desk.signed_form(person)
    desk.stub.SubmitApplication(asked)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(people.another(), request_id=asked.request_id)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED
    assert registration.row_counts() == rows


def test_another_s_request_id_says_nothing(
    registration: RunningRegistration, desk: Desk, second_desk: Desk, people: People
) -> None:
    first, second = people.another(), people.another()
    asked = desk.signed_form(first)
    one = desk.stub.SubmitApplication(asked)
    other = second_desk.submit(second, request_id=asked.request_id)
    assert other.application_id != one.application.application_id


def test_the_second_officer_may_say_no(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    request_id = str(uuid.uuid4())
    why: dict[str, Any] = {
        "rejection_reason": pb.REJECTION_REASON_OTHER,
        "explanation": "旧姓の旅券",
    }
    answer = second_desk.decide(application_id, pb.DECISION_REJECT, request_id, **why)
    assert answer.application.state == pb.APPLICATION_STATE_REJECTED
    assert answer.authority_certificate == answer.application.certificate == b""
    end = answer.application.end
    assert (end.rejection, end.explanation) == tuple(why.values())
    assert (end.withdrawal, end.authority_refusal) == (0, "")
    assert second_desk.decide(application_id, pb.DECISION_REJECT, request_id, **why) == answer
    assert desk.get(application_id) == answer.application
    *_, last = [one for one in registration.journal() if one.subject == application_id]
    assert (last.act, last.details["reason"]) == ("application.rejected", "other")
    assert last.at == end.ended_at.ToDatetime(UTC)
    assert desk.submit(person).state == pb.APPLICATION_STATE_SUBMITTED


def test_an_applicant_may_change_their_mind(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    assert not desk.get(application_id).HasField("end")
    withdrawn = desk.withdraw(application_id)
    assert withdrawn.state == pb.APPLICATION_STATE_WITHDRAWN
    # Not said: the applicant's wish.
    assert withdrawn.end.withdrawal == pb.WITHDRAWAL_REASON_APPLICANT_WISH
    *_, last = [one for one in registration.journal() if one.subject == application_id]
    assert (last.act, last.details["reason"]) == ("application.withdrawn", "applicant_wish")
    with pytest.raises(OpenJpkiError) as refusal:
        desk.check(application_id)
    assert refusal.value.reason is Reason.WRONG_STATE
    assert desk.submit(person).application_id != application_id


@pytest.mark.parametrize(
    ("cause", "published"),
    [
        (revocation_pb2.REVOCATION_CAUSE_USER_WISH, 5),
        (revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE, 1),
    ],
)
def test_revoked_in_person_and_applied_again(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    cause: revocation_pb2.RevocationCause.ValueType,
    published: int,
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    serial = second_desk.decide(application_id).application.serial
    request_id = str(uuid.uuid4())
    answer = desk.revoke(serial, cause, request_id=request_id)
    assert desk.revoke(serial, cause, request_id=request_id) == answer

    at_authority = ca.certificates().GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id="signing-16", serial=serial)
    )
    assert at_authority.status == revocation_pb2.CERTIFICATE_STATUS_REVOKED
    assert at_authority.revoked_at == answer.revoked_at
    with registration.database.reading() as tx:
        (kept,) = identity_checks.of_application(tx, application_id, Purpose.REVOKE)
    assert kept.document_kind == LICENCE.document_kind
    acts = [one.act for one in registration.journal() if one.subject == application_id]
    assert acts[-2:] == ["revocation.requested", "certificate.revoked"]

    again = to_key_presented(desk, person, fresh_request())
    assert second_desk.decide(again).application.serial != serial


def test_revoked_elsewhere_does_not_keep_the_person_out(
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    serial = second_desk.decide(application_id).application.serial
    ca.governors().RevokeCertificate(
        revoke_request(
            serial,
            revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
            officer="governor-officer/signing-16/mori",
        )
    )
    assert desk.submit(person).state == pb.APPLICATION_STATE_SUBMITTED


def test_the_log_hears_of_calls_but_not_of_persons(
    desk: Desk, person: SyntheticResident, log: io.StringIO
) -> None:
    """What the room's own check after every test rests on: there is a log, and calls are in it."""
    with pytest.raises(OpenJpkiError):
        desk.submit(person, name="架空\u3000居無子")
    assert "SubmitApplication" in log.getvalue()
    assert "REGISTER_MISMATCH" in log.getvalue()


def waiting(registration: RunningRegistration, step: str) -> tuple[float, float]:
    assert registration.service is not None
    registration.service.jobs.once()
    count, oldest = (
        REGISTRY.get_sample_value(f"openjpki_applications_{name}", {"step": step})
        for name in ("waiting", "oldest_waiting_seconds")
    )
    assert count is not None
    assert oldest is not None
    return count, oldest


def test_the_metrics_say_how_many_wait_for_what(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    before, _ = waiting(registration, "decision")
    assert waiting(registration, "certificate") == (0, 0)
    application_id = to_key_presented(desk, person, fresh_request())
    count, oldest = waiting(registration, "decision")
    assert count == before + 1
    assert oldest > 0
    set_active(ca.service.ca, AuthorityId.signing("16"), active=False, actor="test")
    try:
        with pytest.raises(OpenJpkiError):
            second_desk.decide(application_id)
        assert waiting(registration, "decision")[0] == before
        count, oldest = waiting(registration, "certificate")
        assert count == 1
        assert 0 < oldest < 60
    finally:
        set_active(ca.service.ca, AuthorityId.signing("16"), active=True, actor="test")
    # Nobody calls again: the service completes it by itself.
    until(lambda: waiting(registration, "certificate") == (0, 0), 60)
    assert desk.get(application_id).state == pb.APPLICATION_STATE_ISSUED


def test_a_retry_long_after_still_gets_the_certificate(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    """Answers are forgotten one day; what was issued is not."""
    application_id = to_key_presented(desk, person, fresh_request())
    request_id = str(uuid.uuid4())
    decided = second_desk.decide(application_id, request_id=request_id)
    with registration.database.transaction() as tx:
        assert (
            RequestLog().forget_before(tx, datetime.now(UTC) + timedelta(days=1), at_most=999) > 0
        )
    assert second_desk.decide(application_id, request_id=request_id) == decided


def test_a_form_sent_again_long_after_opens_no_second_application(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    """Nothing of the first stands in the way, only that it came from this call."""
    request_id = str(uuid.uuid4())
    desk.withdraw(desk.submit(person, request_id=request_id).application_id)
    with registration.database.transaction() as tx:
        RequestLog().forget_before(tx, datetime.now(UTC) + timedelta(days=1), at_most=999)
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(person, request_id=request_id)
    assert refusal.value.reason is Reason.REQUEST_ID_REUSED
    assert refusal.value.field == "request_id"
    assert registration.row_counts() == rows
    assert desk.submit(person).state == pb.APPLICATION_STATE_SUBMITTED


def test_an_expired_certificate_does_not_keep_the_person_out(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    second_desk.decide(application_id)
    assert registration.service is not None
    now = registration.service.registration
    with registration.database.reading() as tx:
        kept = applications.get(tx, TOYAMA_CITY, application_id)
    assert kept is not None
    assert kept.issued is not None
    end = kept.issued.not_after

    class AfterTheEnd:
        def now(self) -> datetime:
            return end + timedelta(seconds=1)

    assert is_live(now, kept)
    with pytest.raises(OpenJpkiError):
        desk.submit(person)
    assert not is_live(replace(now, clock=AfterTheEnd()), kept)
    assert desk.submit(person).state == pb.APPLICATION_STATE_SUBMITTED
