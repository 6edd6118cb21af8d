"""⑦: what is recorded when an applicant gets the certificate, and what closes an application."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from tests.support.ca_service import revoke_request
from tests.support.registration_service import TAKAOKA

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, RunningRegistration

GUIDE: dict[str, Any] = {"terms_version": "2026-04.A_1", "with_copy": True}


@pytest.fixture
def issued(
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> pb.Application:
    """An application whose certificate has just come."""
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    return second_desk.decide(application_id).application


def acts(registration: RunningRegistration, application_id: str) -> list[str]:
    return [one.act for one in registration.journal() if one.subject == application_id]


def test_what_went_to_whom_on_what_is_kept_and_shown(
    registration: RunningRegistration, desk: Desk, issued: pb.Application
) -> None:
    application_id, request_id = issued.application_id, str(uuid.uuid4())
    answer = desk.hand_over(application_id, request_id, **GUIDE)
    assert answer.state == pb.APPLICATION_STATE_HANDED_OVER
    kept = answer.handed_over
    assert (kept.recipient, kept.medium) == (pb.RECIPIENT_APPLICANT, pb.CERTIFICATE_MEDIUM_CARD)
    assert (kept.terms_version, kept.with_copy, kept.officer) == ("2026-04.A_1", True, desk.officer)
    assert not answer.HasField("closed")
    assert (answer.serial, answer.certificate) == (issued.serial, issued.certificate)
    # The same call has the same answer, and is entered once.
    assert desk.hand_over(application_id, request_id, **GUIDE) == answer
    assert desk.get(application_id) == answer
    assert acts(registration, application_id)[-1:] == ["certificate.handed_over"]
    entry = [one for one in registration.journal() if one.subject == application_id][-1]
    assert entry.at == kept.handed_over_at.ToDatetime(UTC)
    assert (entry.details["recipient"], entry.details["medium"]) == ("applicant", "card")
    assert (entry.details["terms"], entry.details["copy"]) == ("2026-04.A_1", True)
    shown = desk.stub.GetApplication(
        pb.GetApplicationRequest(municipality_code=desk.municipality, application_id=application_id)
    )
    last = shown.history[-1]
    assert (last.kind, last.officer) == (pb.APPLICATION_STEP_KIND_HANDED_OVER, desk.officer)


def test_who_finds_the_certificate_right_leaves_nothing_to_be_done(
    registration: RunningRegistration, desk: Desk, issued: pb.Application
) -> None:
    application_id, request_id = issued.application_id, str(uuid.uuid4())
    said: dict[str, Any] = {"accepted": True, "recipient": pb.RECIPIENT_PROXY}
    # On a file only where the rules of windows say so.
    with pytest.raises(OpenJpkiError) as refused:
        desk.hand_over(application_id, medium=pb.CERTIFICATE_MEDIUM_FILE, **said)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "medium")
    answer = desk.hand_over(application_id, request_id, **said)
    assert answer.state == pb.APPLICATION_STATE_CLOSED
    assert answer.closed.reason == pb.CLOSING_REASON_ACCEPTED
    assert answer.closed.closed_at == answer.handed_over.handed_over_at
    assert (answer.handed_over.terms_version, answer.handed_over.with_copy) == ("", False)
    assert desk.hand_over(application_id, request_id, **said) == answer
    assert acts(registration, application_id)[-2:] == [
        "certificate.handed_over",
        "application.closed",
    ]
    # It is the person's certificate still: found, and revoked, as any other.
    with pytest.raises(OpenJpkiError) as refusal:
        desk.hand_over(application_id)
    assert refusal.value.reason is Reason.WRONG_STATE
    assert refusal.value.metadata["state"] == "closed"
    desk.revoke(issued.serial)
    assert desk.get(application_id).state == pb.APPLICATION_STATE_CLOSED


def test_of_two_officers_at_once_one_hands_it_over(
    registration: RunningRegistration, desk: Desk, second_desk: Desk, issued: pb.Application
) -> None:
    def attempt(one: Desk) -> Reason | None:
        try:
            one.hand_over(issued.application_id)
        except OpenJpkiError as refusal:
            return refusal.reason
        return None

    with ThreadPoolExecutor(2) as pool:
        ended = set(pool.map(attempt, [desk, second_desk]))
    assert ended == {None, Reason.WRONG_STATE}
    assert acts(registration, issued.application_id).count("certificate.handed_over") == 1


def test_what_was_not_issued_is_not_handed_over(desk: Desk, person: SyntheticResident) -> None:
    application_id = desk.submit(person).application_id
    with pytest.raises(OpenJpkiError) as refusal:
        desk.hand_over(application_id)
    assert refusal.value.reason is Reason.WRONG_STATE
    assert refusal.value.metadata["missing"] == "confirm_identity,present_key,approve,issue"


def test_a_revoked_one_is_not_handed_over(
    ca: RunningCa, desk: Desk, issued: pb.Application
) -> None:
    """Also where the authority alone knows."""
    ca.governors().RevokeCertificate(
        revoke_request(
            issued.serial,
            revocation_pb2.REVOCATION_CAUSE_CHANGE_NOTICE,
            officer="governor-officer/signing-16/mori",
        )
    )
    with pytest.raises(OpenJpkiError) as refusal:
        desk.hand_over(issued.application_id)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
    assert desk.get(issued.application_id).state == pb.APPLICATION_STATE_ISSUED


def test_another_municipality_has_no_such_application(
    registration: RunningRegistration, issued: pb.Application
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        registration.desk("officer-1", TAKAOKA).hand_over(issued.application_id)
    assert refusal.value.reason is Reason.APPLICATION_NOT_FOUND


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"recipient": 0}, "recipient"),
        ({"medium": 9}, "medium"),
        ({"terms_version": "第一版"}, "terms_version"),
        ({"terms_version": "-1"}, "terms_version"),
        ({"terms_version": "1" * 33}, "terms_version"),
    ],
)
def test_what_cannot_be_recorded(
    desk: Desk, issued: pb.Application, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        desk.hand_over(issued.application_id, **said)
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, field)


def test_lists_tell_what_waits_to_be_fetched(desk: Desk, issued: pb.Application) -> None:
    def listed(state: pb.ApplicationState.ValueType) -> list[str]:
        request = pb.ListApplicationsRequest(municipality_code=desk.municipality, states=[state])
        found: list[str] = []
        while True:
            answer = desk.stub.ListApplications(request)
            found += [one.application_id for one in answer.applications]
            request.page = answer.next_page
            if not answer.next_page:
                return found

    assert issued.application_id in listed(pb.APPLICATION_STATE_ISSUED)
    desk.hand_over(issued.application_id)
    assert issued.application_id not in listed(pb.APPLICATION_STATE_ISSUED)
    assert issued.application_id in listed(pb.APPLICATION_STATE_HANDED_OVER)
