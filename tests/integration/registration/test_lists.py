"""Officers look for applications: a queue by pages, one person's, and what nobody else sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.domain.retention import RetentionClass
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.list_applications import cursor
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.registration.application_lists import Position
from tests.support.registration_service import TAKAMATSU, TAKAOKA, TOYAMA_CITY, form

if TYPE_CHECKING:
    from openjpki.storage.kernel.journal import Entry
    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, People, RunningRegistration


def asked(municipality: str = TOYAMA_CITY, **wanted: Any) -> pb.ListApplicationsRequest:
    return pb.ListApplicationsRequest(municipality_code=municipality, **wanted)


def pages(desk: Desk, size: int, **wanted: Any) -> list[list[pb.ApplicationEntry]]:
    """All of a list."""
    found: list[list[pb.ApplicationEntry]] = []
    page = b""
    while True:
        answer = desk.stub.ListApplications(
            asked(desk.municipality, page=page, page_size=size, **wanted)
        )
        found.append(list(answer.applications))
        page = answer.next_page
        if not page:
            return found


def ids(entries: list[pb.ApplicationEntry]) -> list[str]:
    return [one.application_id for one in entries]


def readings(registration: RunningRegistration, municipality: str = TOYAMA_CITY) -> list[Entry]:
    """What the journal has of readings."""
    with registration.database.reading() as tx:
        return list(SqlJournal().read(tx, municipality, RetentionClass.OPERATIONS))


def test_a_queue_is_read_page_by_page_while_it_moves(
    registration: RunningRegistration, people: People
) -> None:
    """In the order in which they were taken, each once, whatever is taken or ends meanwhile."""
    desk = registration.desk("officer-1", TAKAMATSU)
    before = {one for page in pages(desk, 100) for one in ids(page)}
    taken = [desk.submit(people.another(TAKAMATSU)).application_id for _ in range(5)]
    for one in (taken[1], taken[3]):
        desk.check(one)
    wanted = [pb.APPLICATION_STATE_SUBMITTED, pb.APPLICATION_STATE_IDENTITY_CONFIRMED]
    first = desk.stub.ListApplications(asked(TAKAMATSU, states=wanted, page_size=2))
    while before & set(ids(list(first.applications))):
        first = desk.stub.ListApplications(
            asked(TAKAMATSU, states=wanted, page_size=2, page=first.next_page)
        )
    assert ids(list(first.applications)) == taken[:2]
    # One that was shown ends, one comes: the next page is what it would have been, and one more.
    desk.withdraw(taken[0])
    last = desk.submit(people.another(TAKAMATSU)).application_id
    second = desk.stub.ListApplications(asked(TAKAMATSU, states=wanted, page=first.next_page))
    assert ids(list(second.applications)) == [*taken[2:], last]
    assert second.next_page == b""

    every = [one for page in pages(desk, 2) for one in ids(page)]
    assert len(every) == len(set(every)) == len(before) + 6
    assert [one for one in every if one in taken] == taken
    assert [len(page) for page in pages(desk, 2)][:-1] == [2] * ((len(every) - 1) // 2)
    waiting = pages(desk, 100, states=[pb.APPLICATION_STATE_WITHDRAWN])[0]
    assert taken[0] in ids(waiting)
    assert not set(ids(waiting)) & set(taken[1:])


def test_an_entry_says_what_an_officer_at_the_window_calls_out(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    shown = desk.submit(person, window_id=f"{TOYAMA_CITY}007B")
    answer = desk.stub.ListApplications(asked(window_id=f"{TOYAMA_CITY}007B"))
    assert list(answer.applications) == [
        pb.ApplicationEntry(
            application_id=shown.application_id,
            state=shown.state,
            submitted_at=shown.submitted_at,
            window_id=shown.window_id,
            name=person.name,
            submitted_by="officer-1",
            expires_at=shown.expires_at,
            kind=pb.APPLICATION_KIND_FIRST_ISSUE,
        )
    ]
    last = readings(registration)[-1]
    assert (last.act, last.details["count"]) == ("applications.listed", 1)
    assert last.actor.endswith("/officer-1")


def test_the_day_is_japans(desk: Desk, person: SyntheticResident) -> None:
    taken = desk.submit(person)
    day = taken.submitted_at.ToDatetime(UTC).astimezone(JAPAN).date()
    on = [one for page in pages(desk, 100, submitted_on=f"{day}") for one in ids(page)]
    assert taken.application_id in on
    for other in (day - timedelta(days=1), day + timedelta(days=1)):
        assert not desk.stub.ListApplications(asked(submitted_on=f"{other}")).applications


def test_one_persons_applications_are_found_without_their_number(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    first = desk.submit(person).application_id
    desk.withdraw(first)
    second = desk.submit(person).application_id
    applicant = form(person).attributes
    answer = desk.stub.ListApplications(asked(applicant=applicant))
    assert ids(list(answer.applications)) == [first, second]
    states = [pb.APPLICATION_STATE_SUBMITTED]
    answer = desk.stub.ListApplications(asked(applicant=applicant, states=states))
    assert ids(list(answer.applications)) == [second]
    looked_up = [one for one in readings(registration) if one.act == "person.looked_up"][-1]
    assert looked_up.details["method"] == "ListApplications"
    assert len(str(looked_up.details["person"])) == 64


def test_an_open_application_is_named_at_its_own_municipality(
    desk: Desk, second_desk: Desk, person: SyntheticResident
) -> None:
    taken = desk.submit(person).application_id
    desk.check(taken)
    with pytest.raises(OpenJpkiError) as refusal:
        second_desk.submit(person)
    assert refusal.value.reason is Reason.APPLICATION_OPEN
    named = {"application_id": taken, "state": "identity_confirmed"}
    assert refusal.value.metadata.items() >= named.items()


@pytest.mark.requirement("R1.3.3", refuses=True)
def test_nobody_sees_another_municipalitys(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    taken = desk.submit(person).application_id
    stranger = registration.desk("officer-1", TAKAOKA)
    assert taken not in [one for page in pages(stranger, 100) for one in ids(page)]
    with pytest.raises(OpenJpkiError) as refusal:
        stranger.stub.ListApplications(asked(TOYAMA_CITY))
    assert refusal.value.reason is Reason.OUT_OF_SCOPE
    with pytest.raises(OpenJpkiError) as refusal:
        stranger.stub.ListApplications(asked(TAKAOKA, window_id=f"{TOYAMA_CITY}001A"))
    assert (refusal.value.reason, refusal.value.field) == (Reason.OUT_OF_SCOPE, "window_id")
    with pytest.raises(OpenJpkiError) as refusal:
        # In the register, but not in this municipality's.
        stranger.stub.ListApplications(asked(TAKAOKA, applicant=form(person).attributes))
    assert refusal.value.reason in {Reason.NOT_IN_REGISTER, Reason.INVALID_FIELD}
    # The cursor is no key: with one of another's list there is still one's own alone.
    page = cursor(Position(datetime(2000, 1, 1, tzinfo=UTC), taken))
    answer = stranger.stub.ListApplications(asked(TAKAOKA, page=page))
    assert taken not in ids(list(answer.applications))


def test_who_looks_for_nobody_is_in_the_journal_too(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    stated = form(person, name="架空\u3000居無子").attributes
    with pytest.raises(OpenJpkiError) as refusal:
        desk.stub.ListApplications(asked(applicant=stated))
    assert refusal.value.reason is Reason.REGISTER_MISMATCH
    last = readings(registration)[-1]
    assert (last.act, last.details["reason"]) == ("person.looked_up", "REGISTER_MISMATCH")
    assert "person" not in last.details


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"page": b"page"}, "page"),
        ({"page": bytes(25)}, "page"),
        ({"page": b"\x7f" + bytes(23)}, "page"),
        ({"page_size": 101}, "page_size"),
        ({"submitted_on": "2026-02-30"}, "submitted_on"),
        ({"submitted_on": "0001-01-01"}, "submitted_on"),
        ({"states": [0]}, "states[0]"),
        ({"states": [1, 1]}, "states"),
    ],
)
def test_what_cannot_be_asked(desk: Desk, wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        desk.stub.ListApplications(asked(**wanted))
    assert refusal.value.field == field
    assert refusal.value.reason in {Reason.INVALID_FIELD, Reason.DATE_DOES_NOT_EXIST}
