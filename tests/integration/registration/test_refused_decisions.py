"""What decisions and revocations are refused, and that they leave everything as it was."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import identity_pb2, person_pb2, revocation_pb2
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, EvidencePolicy, policy_document
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.create_authority import set_active
from openjpki.storage.ca import authorities
from openjpki.storage.kernel import journal_time
from tests.support.ca_service import issue_request, person_key, request_of
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import until
from tests.support.registration_service import TAKAMATSU, TAKAOKA, TOYAMA_CITY, Desk

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

    from openjpki.storage.kernel.transaction import Transaction
    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import People, RunningRegistration

USER_WISH = revocation_pb2.REVOCATION_CAUSE_USER_WISH


def to_key_presented(desk: Desk, person: SyntheticResident, der: bytes) -> str:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return application_id


def refused(
    registration: RunningRegistration, reason: Reason, act: Callable[[], object]
) -> OpenJpkiError:
    """The refusal; checks that it left one entry in the journal and nothing else."""
    rows, acts = registration.row_counts(), len(registration.journal())
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    assert refusal.value.reason is reason, refusal.value
    assert registration.row_counts() == rows
    (entry,) = registration.journal(after=acts)
    assert (entry.act, entry.details["reason"]) == ("call.refused", reason.name)
    return refusal.value


@pytest.mark.requirement("R2.2.2", refuses=True)
@pytest.mark.parametrize("decision", [pb.DECISION_APPROVE, pb.DECISION_REJECT])
def test_the_officer_who_checked_identity_decides_nothing(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    decision: pb.Decision.ValueType,
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    refused(registration, Reason.SAME_OFFICER, lambda: desk.decide(application_id, decision))
    assert desk.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
    # Another connection of the same officer is still the same officer.
    again = registration.desk("officer-1")
    refused(registration, Reason.SAME_OFFICER, lambda: again.decide(application_id, decision))
    assert second_desk.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED


def test_nothing_is_approved_before_its_time(
    registration: RunningRegistration, desk: Desk, second_desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    refusal = refused(registration, Reason.WRONG_STATE, lambda: second_desk.decide(application_id))
    named = {"state": "submitted", "event": "approve", "missing": "confirm_identity,present_key"}
    assert refusal.metadata == named
    desk.check(application_id)
    refused(registration, Reason.WRONG_STATE, lambda: second_desk.decide(application_id))


@pytest.mark.parametrize(
    ("decision", "why", "field"),
    [
        (pb.DECISION_REJECT, {"explanation": "書類の不足"}, "rejection_reason"),
        (pb.DECISION_REJECT, {"rejection_reason": pb.REJECTION_REASON_OTHER}, "explanation"),
        (
            pb.DECISION_REJECT,
            {"rejection_reason": pb.REJECTION_REASON_OTHER, "explanation": "免許証 123456789012"},
            "explanation",
        ),
        (pb.DECISION_APPROVE, {"explanation": "良い"}, "explanation"),
        (
            pb.DECISION_APPROVE,
            {"rejection_reason": pb.REJECTION_REASON_KEY_IN_DOUBT},
            "rejection_reason",
        ),
    ],
)
def test_a_no_has_a_reason_and_a_yes_has_none(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    decision: pb.Decision.ValueType,
    why: dict[str, Any],
    field: str,
) -> None:
    application_id = desk.submit(person).application_id
    refusal = refused(
        registration,
        Reason.INVALID_FIELD,
        lambda: second_desk.decide(application_id, decision, **why),
    )
    assert refusal.field == field
    assert desk.get(application_id).state == pb.APPLICATION_STATE_SUBMITTED


def test_an_issued_application_is_at_its_end(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    decided = second_desk.decide(application_id)
    for act in (
        lambda: second_desk.decide(application_id),
        lambda: second_desk.decide(application_id, pb.DECISION_REJECT),
        lambda: desk.withdraw(application_id),
        lambda: desk.check(application_id),
        lambda: desk.present(application_id, fresh_request()),
    ):
        refused(registration, Reason.WRONG_STATE, act)
    assert desk.get(application_id) == decided.application


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_another_municipality_s_application_does_not_exist(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    stranger = registration.desk("officer-9", TAKAOKA)
    before = registration.row_counts()
    for act in (
        lambda: stranger.get(application_id),
        lambda: stranger.check(application_id),
        lambda: stranger.decide(application_id),
        lambda: stranger.withdraw(application_id),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            act()
        assert refusal.value.reason is Reason.APPLICATION_NOT_FOUND
    posing = Desk(stranger.stub, TOYAMA_CITY)
    with pytest.raises(OpenJpkiError) as refusal:
        posing.get(application_id)
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
    assert registration.row_counts() == before
    assert desk.get(application_id).state == pb.APPLICATION_STATE_SUBMITTED


def test_unknown_applications(registration: RunningRegistration, desk: Desk) -> None:
    nobody = str(uuid.uuid4())
    with pytest.raises(OpenJpkiError) as refusal:
        desk.get(nobody)
    assert refusal.value.reason is Reason.APPLICATION_NOT_FOUND
    for act in (
        lambda: desk.check(nobody),
        lambda: desk.decide(nobody),
        lambda: desk.decide(nobody, pb.DECISION_REJECT),
        lambda: desk.withdraw(nobody),
        lambda: desk.present(nobody, request_of(person_key())),
    ):
        refused(registration, Reason.APPLICATION_NOT_FOUND, act)


def test_what_was_seen_is_a_kind_of_document_not_its_number(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    numbered = identity_pb2.IdentityCheck(
        evidence=identity_pb2.IDENTITY_EVIDENCE_PHOTO_DOCUMENT, document_kind="licence-501234567890"
    )
    refused(registration, Reason.INVALID_FIELD, lambda: desk.check(application_id, numbered))


def test_the_authority_s_refusal_ends_the_application(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    """The key was certified for somebody else by another registration service."""
    key = person_key()
    application_id = to_key_presented(desk, person, request_of(key))
    ca.certificates().IssueCertificate(issue_request(key, person=application_id))
    request_id = str(uuid.uuid4())
    with pytest.raises(OpenJpkiError) as refusal:
        second_desk.decide(application_id, request_id=request_id)
    assert refusal.value.reason is Reason.KEY_ALREADY_USED
    assert desk.get(application_id).state == pb.APPLICATION_STATE_REJECTED
    acts = [one.act for one in registration.journal() if one.subject == application_id]
    assert acts[-3:] == ["application.approved", "application.refused", "call.refused"]
    # A retry hears the same; a new decision finds it decided; the person may apply again.
    with pytest.raises(OpenJpkiError) as again:
        second_desk.decide(application_id, request_id=request_id)
    assert again.value.reason is Reason.KEY_ALREADY_USED
    with pytest.raises(OpenJpkiError) as other:
        second_desk.decide(application_id)
    assert other.value.reason is Reason.WRONG_STATE
    renewed = to_key_presented(desk, person, fresh_request())
    assert second_desk.decide(renewed).application.state == pb.APPLICATION_STATE_ISSUED


def test_the_authority_knows_of_a_live_certificate_that_this_service_does_not(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_key_presented(desk, person, fresh_request())
    assert registration.service is not None
    reference = registration.service.registration.references.of(person.resident_id)
    elsewhere = issue_request(person_key())
    elsewhere.person_reference = reference
    ca.certificates().IssueCertificate(elsewhere)
    with pytest.raises(OpenJpkiError) as refusal:
        second_desk.decide(application_id)
    assert refusal.value.reason is Reason.LIVE_CERTIFICATE_EXISTS
    assert refusal.value.field is None
    shown = desk.get(application_id)
    assert shown.state == pb.APPLICATION_STATE_REJECTED
    assert shown.end.authority_refusal == "LIVE_CERTIFICATE_EXISTS"


def test_an_authority_that_rests_issues_later(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    person = people.another(TAKAMATSU)
    first = registration.desk("officer-1", TAKAMATSU)
    second = registration.desk("officer-2", TAKAMATSU)
    application_id = to_key_presented(first, person, fresh_request())
    set_active(ca.service.ca, AuthorityId.signing("37"), active=False, actor="test")
    request_id = str(uuid.uuid4())
    try:
        with pytest.raises(OpenJpkiError) as refusal:
            second.decide(application_id, request_id=request_id)
        assert refusal.value.reason is Reason.AUTHORITY_NOT_ACTIVE
        assert first.get(application_id).state == pb.APPLICATION_STATE_APPROVED
        with pytest.raises(OpenJpkiError) as withdrawn:
            first.withdraw(application_id)
        assert withdrawn.value.reason is Reason.WRONG_STATE
    finally:
        set_active(ca.service.ca, AuthorityId.signing("37"), active=True, actor="test")
    decided = second.decide(application_id, request_id=request_id)
    assert decided.application.state == pb.APPLICATION_STATE_ISSUED
    assert first.get(application_id) == decided.application


# -- what officers sign --------------------------------------------------------------------------


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_only_the_caller_signs_for_this_request_and_now(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    """What registration can tell without a register of officers; ca tells the rest."""
    application_id = to_key_presented(desk, person, fresh_request())
    mine, theirs = second_desk.decision(application_id), desk.decision(application_id)
    other = pb.DecideApplicationRequest()
    other.CopyFrom(mine)
    other.officer_signature.CopyFrom(theirs.officer_signature)
    refused(
        registration,
        Reason.OFFICER_OUT_OF_SCOPE,
        lambda: second_desk.stub.DecideApplication(other),
    )
    other.CopyFrom(mine)
    other.request_id = str(uuid.uuid4())
    refused(registration, Reason.INVALID_FIELD, lambda: second_desk.stub.DecideApplication(other))
    for seconds in (-2 * 3600, 3600):
        other.CopyFrom(mine)
        other.officer_signature.signed_at.seconds += seconds
        refused(
            registration, Reason.EVIDENCE_STALE, lambda: second_desk.stub.DecideApplication(other)
        )
    assert desk.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
    answer = second_desk.stub.DecideApplication(mine)
    assert answer.application.state == pb.APPLICATION_STATE_ISSUED


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_an_approval_that_grew_old_before_ca_answered_ends_the_application(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
    log: io.StringIO,
) -> None:
    """The authority rests for longer than an approval counts: nobody's word of then is acted upon,
    and the person is free to apply anew."""
    person = people.another(TAKAMATSU)
    first = registration.desk("officer-1", TAKAMATSU)
    second = registration.desk("officer-2", TAKAMATSU)
    application_id = to_key_presented(first, person, fresh_request())
    set_active(ca.service.ca, AuthorityId.signing("37"), active=False, actor="test")
    try:
        with pytest.raises(OpenJpkiError) as resting:
            second.decide(application_id)
        assert resting.value.reason is Reason.AUTHORITY_NOT_ACTIVE
        policy = EvidencePolicy(decided_within=timedelta(0), clock_skew=timedelta(0))
        document = policy_document(AuthorityPolicy(evidence=policy))
        own = AuthorityId.signing("37")
        ca.service.ca.database.run(lambda tx: authorities.set_policy(tx, own, document))
    finally:
        set_active(ca.service.ca, AuthorityId.signing("37"), active=True, actor="test")
    service = registration.service
    assert service is not None
    try:
        # It may be a clock that is wrong for a minute: within the hour the approval stands.
        until(lambda: "EVIDENCE_STALE" in log.getvalue())
        assert first.get(application_id).state == pb.APPLICATION_STATE_APPROVED
        later = SettableClock()
        later.offset = timedelta(minutes=61)
        object.__setattr__(service.registration, "clock", later)
        asked = log.getvalue().count("EVIDENCE_STALE")
        until(lambda: log.getvalue().count("EVIDENCE_STALE") > asked + 1)
        assert first.get(application_id).state == pb.APPLICATION_STATE_APPROVED

        def is_over(tx: Transaction) -> None:
            journal_time.take(tx, later.now())
            journal_time.put(tx, later.now())

        def ended() -> bool:
            # As if an hour had been watched; the service's own look at its clock takes it back.
            service.registration.database.run(is_over)
            return first.get(application_id).state == pb.APPLICATION_STATE_REJECTED

        until(ended)
    finally:
        object.__setattr__(service.registration, "clock", SystemClock())
        usual = policy_document(AuthorityPolicy())
        ca.service.ca.database.run(lambda tx: authorities.set_policy(tx, own, usual))
    (*_, last) = [one for one in registration.journal(TAKAMATSU) if one.subject == application_id]
    assert (last.act, last.details["reason"]) == ("application.refused", "EVIDENCE_STALE")
    again = to_key_presented(first, person, fresh_request())
    assert second.decide(again).application.state == pb.APPLICATION_STATE_ISSUED


# -- revocation ---------------------------------------------------------------------------------
@pytest.fixture
def serial(
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> bytes:
    """Serial of a live certificate handed out in Toyama."""
    issued = second_desk.decide(to_key_presented(desk, person, fresh_request()))
    return issued.application.serial


def status_of(ca: RunningCa, serial: bytes) -> revocation_pb2.CertificateStatus.ValueType:
    return (
        ca.certificates()
        .GetCertificate(ca_pb2.GetCertificateRequest(authority_id="signing-16", serial=serial))
        .status
    )


@pytest.mark.parametrize(
    "cause",
    [
        revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
        revocation_pb2.REVOCATION_CAUSE_RENEWAL,
        revocation_pb2.REVOCATION_CAUSE_AUTHORITY_COMPROMISE,
    ],
)
def test_causes_that_are_not_the_window_s(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    serial: bytes,
    cause: revocation_pb2.RevocationCause.ValueType,
) -> None:
    refusal = refused(registration, Reason.REASON_NOT_ALLOWED, lambda: desk.revoke(serial, cause))
    assert refusal.field == "cause"
    assert status_of(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_certificates_of_another_municipality(
    registration: RunningRegistration, ca: RunningCa, serial: bytes
) -> None:
    stranger = registration.desk("officer-1", TAKAOKA)
    with pytest.raises(OpenJpkiError) as refusal:
        stranger.revoke(serial)
    assert refusal.value.reason is Reason.CERTIFICATE_NOT_FOUND
    assert status_of(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


def test_certificates_that_do_not_exist(registration: RunningRegistration, desk: Desk) -> None:
    serial = hashlib.sha256(b"none").digest()[:20]
    refused(registration, Reason.CERTIFICATE_NOT_FOUND, lambda: desk.revoke(serial))


def test_a_serial_with_leading_zero(ca: RunningCa, desk: Desk, serial: bytes) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        desk.revoke(b"\x00" + serial[1:])
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "serial")
    assert status_of(ca, serial) == revocation_pb2.CERTIFICATE_STATUS_GOOD


def test_revoked_once_is_enough(ca: RunningCa, desk: Desk, serial: bytes) -> None:
    first = desk.revoke(serial)
    with pytest.raises(OpenJpkiError) as refusal:
        desk.revoke(serial, revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
    kept = ca.certificates().GetCertificate(
        ca_pb2.GetCertificateRequest(authority_id="signing-16", serial=serial)
    )
    assert kept.revoked_at == first.revoked_at


def test_a_request_id_of_one_officer_is_not_another_s(
    desk: Desk,
    second_desk: Desk,
    people: People,
    serial: bytes,
    fresh_request: Callable[[], bytes],
) -> None:
    """Both officers choose the same id; at the authority they are still two requests."""
    other = second_desk.decide(
        to_key_presented(desk, people.another(), fresh_request())
    ).application.serial
    request_id = str(uuid.uuid4())
    desk.revoke(serial, request_id=request_id)
    assert second_desk.revoke(other, request_id=request_id).HasField("revoked_at")


def test_no_role_but_the_officer_s_may_call(
    registration: RunningRegistration, person: SyntheticResident
) -> None:
    for role, scope in [(PeerRole.CA, ""), (PeerRole.OCSP, ""), (PeerRole.VERIFIER, TOYAMA_CITY)]:
        stub = registration.desk().stub.__class__(registration.channel(role, scope))
        with pytest.raises(OpenJpkiError) as refusal:
            Desk(stub, TOYAMA_CITY).submit(person)
        assert refusal.value.reason is Reason.ROLE_NOT_ALLOWED


def test_an_account_that_is_no_account(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    shouting = registration.desk("SATO")
    rows = registration.row_counts()
    with pytest.raises(OpenJpkiError) as refusal:
        shouting.stub.SubmitApplication(desk.signed_form(person))
    assert refusal.value.reason is Reason.UNAUTHENTICATED
    assert registration.row_counts() == rows


def test_sexes_of_both_contracts_agree(desk: Desk, person: SyntheticResident) -> None:
    assert desk.submit(person).attributes.sex == person_pb2.SEX_FEMALE
