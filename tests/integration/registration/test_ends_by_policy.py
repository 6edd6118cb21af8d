"""What ends by itself: told before, done once, and never to what is approved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.create_authority import set_active
from openjpki.services.registration.applications.end_by_policy import end_by_policy
from openjpki.storage.registration.tables import applications
from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration

WAITS = timedelta(days=30)


def days_ago(registration: RunningRegistration, application_id: str, days: int, what: str) -> None:
    """As if it had been done then."""
    at = datetime.now(UTC) - timedelta(days=days)
    with registration.database.transaction() as tx:
        tx.connection.execute(
            update(applications)
            .where(applications.c.application_id == application_id)
            .values(**{what: at})
        )


def let_it_work(registration: RunningRegistration) -> None:
    assert registration.service is not None
    registration.service.jobs.once()


def acts(registration: RunningRegistration, application_id: str) -> list[str]:
    return [one.act for one in registration.journal() if one.subject == application_id]


def listed(desk: Desk, **wanted: Any) -> dict[str, pb.ApplicationEntry]:
    request = pb.ListApplicationsRequest(municipality_code=desk.municipality, **wanted)
    found = {}
    while True:
        answer = desk.stub.ListApplications(request)
        found.update({one.application_id: one for one in answer.applications})
        request.page = answer.next_page
        if not answer.next_page:
            return found


def to_issued(
    desk: Desk, second_desk: Desk, person: SyntheticResident, der: bytes
) -> pb.Application:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return second_desk.decide(application_id).application


def test_who_waits_too_long_is_told_of_before_and_expires(
    registration: RunningRegistration, desk: Desk, people: People
) -> None:
    person = people.another()
    old, new = desk.submit(person), desk.submit(people.another())
    assert old.expires_at.ToDatetime(UTC) - old.submitted_at.ToDatetime(UTC) == WAITS
    days_ago(registration, old.application_id, 25, "submitted_at")
    soon = listed(desk, expiring_within_days=7)
    assert old.application_id in soon
    assert new.application_id not in soon
    entry = soon[old.application_id]
    assert entry.expires_at.ToDatetime(UTC) - entry.submitted_at.ToDatetime(UTC) == WAITS
    assert old.application_id not in listed(desk, expiring_within_days=4)
    states = [pb.APPLICATION_STATE_ISSUED]
    assert listed(desk, expiring_within_days=7, states=states) == {}
    let_it_work(registration)
    assert REGISTRY.get_sample_value("openjpki_applications_expiring") == len(soon)
    assert desk.get(old.application_id).state == pb.APPLICATION_STATE_SUBMITTED

    days_ago(registration, old.application_id, 31, "submitted_at")
    let_it_work(registration)
    expired = desk.get(old.application_id)
    assert expired.state == pb.APPLICATION_STATE_EXPIRED
    assert expired.end.HasField("ended_at")
    assert not expired.HasField("expires_at")
    let_it_work(registration)
    assert acts(registration, old.application_id).count("application.expired") == 1
    entry_of_journal = [one for one in registration.journal() if one.subject == old.application_id][
        -1
    ]
    assert (entry_of_journal.actor, entry_of_journal.details["days"]) == ("registration", 30)
    assert desk.get(new.application_id).state == pb.APPLICATION_STATE_SUBMITTED
    with pytest.raises(OpenJpkiError) as refusal:
        desk.check(old.application_id)
    assert refusal.value.reason is Reason.WRONG_STATE
    assert refusal.value.metadata["state"] == "expired"
    # Nobody is kept out by it.
    assert desk.submit(person).state == pb.APPLICATION_STATE_SUBMITTED


def test_what_is_approved_never_expires(
    registration: RunningRegistration,
    ca: RunningCa,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = desk.submit(person).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    set_active(ca.service.ca, AuthorityId.signing("16"), active=False, actor="test")
    try:
        with pytest.raises(OpenJpkiError):
            second_desk.decide(application_id)
        days_ago(registration, application_id, 31, "submitted_at")
        let_it_work(registration)
        assert desk.get(application_id).state == pb.APPLICATION_STATE_APPROVED
        assert application_id not in listed(desk, expiring_within_days=366)
    finally:
        set_active(ca.service.ca, AuthorityId.signing("16"), active=True, actor="test")


def test_who_does_not_object_accepts(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    application_id = to_issued(desk, second_desk, person, fresh_request()).application_id
    desk.hand_over(application_id)
    let_it_work(registration)
    assert desk.get(application_id).state == pb.APPLICATION_STATE_HANDED_OVER
    days_ago(registration, application_id, 31, "handed_over_at")
    let_it_work(registration)
    closed = desk.get(application_id)
    assert closed.state == pb.APPLICATION_STATE_CLOSED
    assert closed.closed.reason == pb.CLOSING_REASON_NOT_OBJECTED
    assert closed.certificate
    assert acts(registration, application_id)[-1] == "application.closed"


def test_a_certificate_that_lives_no_more_leaves_nothing_to_be_done(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    issued = to_issued(desk, second_desk, person, fresh_request())
    desk.revoke(issued.serial)
    let_it_work(registration)
    shown = desk.stub.GetApplication(
        pb.GetApplicationRequest(
            municipality_code=desk.municipality, application_id=issued.application_id
        )
    )
    assert shown.application.closed.reason == pb.CLOSING_REASON_CERTIFICATE_ENDED
    assert [one.kind for one in shown.history][-2:] == [
        pb.APPLICATION_STEP_KIND_REVOKED,
        pb.APPLICATION_STEP_KIND_CLOSED,
    ]


def test_of_instances_that_work_at_once_one_ends_it(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    application_id = desk.submit(person).application_id
    days_ago(registration, application_id, 31, "submitted_at")
    assert registration.service is not None
    context = registration.service.registration
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(end_by_policy, [context] * 4)) == [None] * 4
    assert acts(registration, application_id).count("application.expired") == 1
