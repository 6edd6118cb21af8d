"""Two officers, or one officer's two attempts, at the same moment."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, People, RunningRegistration


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives or raises, all begun at the same moment."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except OpenJpkiError as refusal:
            return refusal.reason

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.requirement("R2.4.2", refuses=True)
@pytest.mark.parametrize("_attempt", range(5))
def test_two_applications_of_one_person(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    _attempt: int,
) -> None:
    rows = registration.row_counts()
    answers = at_once(lambda: desk.submit(person), lambda: second_desk.submit(person))
    assert Reason.APPLICATION_OPEN in answers
    (taken,) = [answer for answer in answers if answer is not Reason.APPLICATION_OPEN]
    assert taken.state == pb.APPLICATION_STATE_SUBMITTED
    after = registration.row_counts()
    assert after["applications"] == rows["applications"] + 1
    assert after["application_personal_data"] == rows["application_personal_data"] + 1


@pytest.mark.parametrize("_attempt", range(5))
def test_one_application_sent_twice(
    registration: RunningRegistration,
    desk: Desk,
    person: SyntheticResident,
    _attempt: int,
) -> None:
    asked = desk.signed_form(person)
    rows = registration.row_counts()["applications"]
    one, other = at_once(
        lambda: desk.stub.SubmitApplication(asked), lambda: desk.stub.SubmitApplication(asked)
    )
    assert one == other
    assert registration.row_counts()["applications"] == rows + 1


@pytest.mark.parametrize("_attempt", range(5))
def test_two_decisions(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    _attempt: int,
) -> None:
    third_desk = registration.desk("officer-3")
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    answers = at_once(
        lambda: second_desk.decide(application_id), lambda: third_desk.decide(application_id)
    )
    assert Reason.WRONG_STATE in answers
    (decided,) = [answer for answer in answers if answer is not Reason.WRONG_STATE]
    assert decided.application == desk.get(application_id)
    acts = [one.act for one in registration.journal() if one.subject == application_id]
    assert acts.count("application.approved") == acts.count("application.issued") == 1


@pytest.mark.parametrize("_attempt", range(5))
def test_one_decision_sent_twice(
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
    _attempt: int,
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    request_id = str(uuid.uuid4())
    answers = at_once(*[lambda: second_desk.decide(application_id, request_id=request_id)] * 3)
    assert answers[0].application.certificate
    assert answers[0] == answers[1] == answers[2]


def test_yes_and_no(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    third_desk = registration.desk("officer-3")
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    answers = at_once(
        lambda: second_desk.decide(application_id),
        lambda: third_desk.decide(application_id, pb.DECISION_REJECT),
    )
    assert Reason.WRONG_STATE in answers
    (decided,) = [answer for answer in answers if answer is not Reason.WRONG_STATE]
    assert desk.get(application_id).state == decided.application.state


@pytest.mark.requirement("R2.5.3", refuses=True)
def test_one_key_for_two_persons(
    desk: Desk, second_desk: Desk, people: People, fresh_request: Callable[[], bytes]
) -> None:
    der = fresh_request()
    first, second = (desk.submit(people.another()).application_id for _ in range(2))
    desk.check(first)
    desk.check(second)
    answers = at_once(lambda: desk.present(first, der), lambda: second_desk.present(second, der))
    assert Reason.KEY_ALREADY_USED in answers
    assert any(isinstance(answer, pb.Application) for answer in answers)


def test_one_certificate_revoked_twice(
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    serial = second_desk.decide(application_id).application.serial
    answers = at_once(lambda: desk.revoke(serial), lambda: second_desk.revoke(serial))
    assert Reason.ALREADY_REVOKED in answers
    assert any(isinstance(answer, pb.RevokeCertificateResponse) for answer in answers)
