"""An officer is suspended between their step and the certificate: another one does it again."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.create_authority import set_active
from tests.support.officers import Register
from tests.support.registration_service import TAKAOKA
from tests.support.waiting import wait_until
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.ca_service import RunningCa
    from tests.support.registration_service import Desk, People, RunningRegistration


@contextmanager
def resting(ca: RunningCa) -> Iterator[None]:
    """The authority certifies nobody meanwhile, so that approvals wait."""
    own = AuthorityId.signing("16")
    set_active(ca.service.ca, own, active=False, actor="test")
    try:
        yield
    finally:
        set_active(ca.service.ca, own, active=True, actor="test")


@contextmanager
def suspended(ca: RunningCa, account: str) -> Iterator[None]:
    """One operator of ca has asked for the officer's end; at last the other says no."""
    register = Register("ca", ca.channel)
    told = register.revoke(Officer.parse(window_officer(TAKAOKA, account)))
    try:
        yield
    finally:
        register.reject(told.proposal)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("checks", pb.APPLICATION_STATE_SUBMITTED),
        ("receives", pb.APPLICATION_STATE_IDENTITY_CONFIRMED),
        ("decides", pb.APPLICATION_STATE_KEY_PRESENTED),
    ],
)
def test_it_goes_back_to_the_step_and_on_with_another_officer(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
    step: str,
    state: pb.ApplicationState.ValueType,
) -> None:
    desks = {name: registration.desk(name, TAKAOKA) for name in ("officer-1", "officer-2")}
    gone = registration.desk("officer-3", TAKAOKA)

    def desk(of: str) -> Desk:
        usual = desks["officer-2" if of == "decides" else "officer-1"]
        return gone if of == step else usual

    key = fresh_request()
    application_id = desk("takes").submit(people.another(TAKAOKA)).application_id
    desk("checks").check(application_id)
    desk("receives").present(application_id, key)
    with ExitStack() as until_then:
        with resting(ca):
            with pytest.raises(OpenJpkiError) as waiting:
                desk("decides").decide(application_id)
            assert waiting.value.reason is Reason.AUTHORITY_NOT_ACTIVE
            until_then.enter_context(suspended(ca, "officer-3"))
        wait_until(lambda: desks["officer-1"].get(application_id).state == state)
        (*_, last) = [one for one in registration.journal(TAKAOKA) if one.subject == application_id]
        assert (last.act, last.details["reason"]) == ("application.returned", "OFFICER_REVOKED")
        # From here on as ever, with the key that the applicant has.
        if step == "checks":
            desks["officer-1"].check(application_id)
        if step != "decides":
            desks["officer-1"].present(application_id, key)
        answer = desks["officer-2"].decide(application_id)
    assert answer.application.state == pb.APPLICATION_STATE_ISSUED


def test_who_is_suspended_before_the_decision_holds_nobody_up(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    """The deciding officer is told, and the check is done by another."""
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    key = fresh_request()
    application_id = first.submit(people.another(TAKAOKA)).application_id
    third.check(application_id)
    first.present(application_id, key)
    with suspended(ca, "officer-3"):
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.OFFICER_REVOKED
        assert first.get(application_id).state == pb.APPLICATION_STATE_SUBMITTED
        first.check(application_id)
        first.present(application_id, key)
        assert second.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED


def test_who_took_the_application_takes_it_along_and_leaves_the_key(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    """Its id follows from what that officer signed. The person applies anew, with the key that is
    on their card."""
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    person, key = people.another(TAKAOKA), fresh_request()
    application_id = third.submit(person).application_id
    first.check(application_id)
    first.present(application_id, key)
    with suspended(ca, "officer-3"):
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.OFFICER_REVOKED
        assert first.get(application_id).state == pb.APPLICATION_STATE_REJECTED
        anew = first.submit(person).application_id
        first.check(anew)
        first.present(anew, key)
        assert second.decide(anew).application.state == pb.APPLICATION_STATE_ISSUED


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize("decision", [pb.DECISION_APPROVE, pb.DECISION_REJECT])
def test_who_took_the_key_decides_nothing(
    registration: RunningRegistration,
    people: People,
    fresh_request: Callable[[], bytes],
    decision: pb.Decision.ValueType,
) -> None:
    first, second = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2))
    application_id = first.submit(people.another(TAKAOKA)).application_id
    first.check(application_id)
    second.present(application_id, fresh_request())
    with pytest.raises(OpenJpkiError) as refused:
        second.decide(application_id, decision)
    assert refused.value.reason is Reason.SAME_OFFICER
    assert first.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
