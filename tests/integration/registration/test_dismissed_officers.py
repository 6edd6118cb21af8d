"""An officer is suspended between their step and the certificate: another one does it again."""

from __future__ import annotations

import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.cli.window_statements import sign_taking_over
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ca.authorities.create_authority import set_active
from tests.support.officers import Register
from tests.support.registration_service import TAKAOKA, TOYAMA_CITY, running_registration
from tests.support.waiting import wait_until
from tests.support.window_officers import window_officer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

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


@pytest.mark.parametrize("took_it_too", [False, True])
def test_who_is_suspended_before_the_decision_holds_nobody_up(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
    took_it_too: bool,
) -> None:
    """The deciding officer is told, and the check is done by another. Of somebody who took the
    application too, both steps go at once: ca names the submission first, and the check was with
    the same key."""
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    key = fresh_request()
    takes = third if took_it_too else first
    application_id = takes.submit(people.another(TAKAOKA)).application_id
    third.check(application_id)
    first.present(application_id, key)
    with suspended(ca, "officer-3"):
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.OFFICER_REVOKED
        assert first.get(application_id).state == pb.APPLICATION_STATE_SUBMITTED
        if took_it_too:
            first.take_over(application_id)
        first.check(application_id)
        first.present(application_id, key)
        assert second.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED


def test_who_took_the_application_is_replaced_and_nothing_is_done_again_but_the_decision(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    """Its id follows from what that officer signed, and stays."""
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    application_id = third.submit(people.another(TAKAOKA)).application_id
    first.check(application_id)
    first.present(application_id, fresh_request())
    with suspended(ca, "officer-3"):
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.OFFICER_REVOKED
        assert first.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
        # Who takes it over does not decide: the second officer may yet, and is told why not.
        second.take_over(application_id)
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.SAME_OFFICER
        # Once more, by somebody else: the last counts.
        assert first.take_over(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
        answer = second.decide(application_id)
    assert answer.application.state == pb.APPLICATION_STATE_ISSUED
    acts = [one.act for one in registration.journal(TAKAOKA) if one.subject == application_id]
    assert acts == [
        "application.submitted",
        "identity.confirmed",
        "key.presented",
        "application.approved",
        "application.returned",
        "call.refused",
        "application.taken_over",
        "call.refused",
        "application.taken_over",
        "application.approved",
        "application.issued",
    ]


def test_it_may_be_taken_over_before_anybody_decides_and_no_later(
    registration: RunningRegistration,
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    application_id = third.submit(people.another(TAKAOKA)).application_id
    again = str(uuid.uuid4())
    with suspended(ca, "officer-3"):
        for _ in range(2):  # The same call twice is done once.
            first.take_over(application_id, again)
        first.check(application_id)
        first.present(application_id, fresh_request())
        assert second.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED
    acts = [one.act for one in registration.journal(TAKAOKA) if one.subject == application_id]
    assert acts.count("application.taken_over") == 1
    with pytest.raises(OpenJpkiError) as refused:
        first.take_over(application_id)
    assert refused.value.reason is Reason.WRONG_STATE


def test_a_takeover_signed_with_no_key_of_the_officers_ends_nothing(
    registration: RunningRegistration,
    people: People,
    fresh_request: Callable[[], bytes],
) -> None:
    """Whoever has an officer's TLS credential and not the signing key: registration can't tell, and
    ca refuses. The application stands as it did."""
    first, second, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2, 3))
    application_id = first.submit(people.another(TAKAOKA)).application_id
    first.check(application_id)
    first.present(application_id, fresh_request())
    request = pb.TakeOverApplicationRequest(
        request_id=str(uuid.uuid4()), municipality_code=TAKAOKA, application_id=application_id
    )
    sign_taking_over(request, third.get(application_id), third.signer)
    whole = request.officer_signature.signature
    request.officer_signature.signature = whole[:-1] + bytes([whole[-1] ^ 1])
    third.stub.TakeOverApplication(request)
    with pytest.raises(OpenJpkiError) as refused:
        second.decide(application_id)
    assert refused.value.reason is Reason.EVIDENCE_SIGNATURE_INVALID
    assert first.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
    assert second.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_an_application_is_taken_over_by_whoever_signs_for_it_here_and_now(
    registration: RunningRegistration, people: People
) -> None:
    first, third = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 3))
    application_id = third.submit(people.another(TAKAOKA)).application_id

    def refusal(request: pb.TakeOverApplicationRequest) -> Reason:
        with pytest.raises(OpenJpkiError) as refused:
            first.stub.TakeOverApplication(request)
        return refused.value.reason

    def asked(by: Desk) -> pb.TakeOverApplicationRequest:
        request = pb.TakeOverApplicationRequest(
            request_id=str(uuid.uuid4()),
            municipality_code=TAKAOKA,
            application_id=application_id,
        )
        sign_taking_over(request, by.get(application_id), by.signer)
        return request

    assert refusal(asked(third)) is Reason.OFFICER_OUT_OF_SCOPE
    unsigned = asked(first)
    unsigned.ClearField("officer_signature")
    assert refusal(unsigned) is Reason.INVALID_FIELD
    another = asked(first)
    another.request_id = str(uuid.uuid4())
    assert refusal(another) is Reason.INVALID_FIELD
    old = asked(first)
    old.officer_signature.signed_at.seconds -= 7200
    assert refusal(old) is Reason.EVIDENCE_STALE
    elsewhere = registration.desk("officer-1", TOYAMA_CITY)
    with pytest.raises(OpenJpkiError) as refused:
        elsewhere.stub.TakeOverApplication(asked(first))
    assert refused.value.reason is Reason.OUT_OF_SCOPE
    acts = [one.act for one in registration.journal(TAKAOKA) if one.subject == application_id]
    assert "application.taken_over" not in acts


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


@pytest.mark.requirement("R9.2.1", refuses=True)
@pytest.mark.parametrize("decision", [pb.DECISION_APPROVE, pb.DECISION_REJECT])
def test_who_took_the_application_decides_nothing_and_is_told_why(
    registration: RunningRegistration,
    people: People,
    fresh_request: Callable[[], bytes],
    decision: pb.Decision.ValueType,
) -> None:
    """By the service's own policy: the authority is not asked."""
    first, second = (registration.desk(f"officer-{n}", TAKAOKA) for n in (1, 2))
    application_id = second.submit(people.another(TAKAOKA)).application_id
    first.check(application_id)
    first.present(application_id, fresh_request())
    second.take_over(application_id)
    with pytest.raises(OpenJpkiError) as refused:
        second.decide(application_id, decision)
    assert refused.value.reason is Reason.SAME_OFFICER
    said = {"officer": "officer-2", "steps": "submit,take_over"}
    assert refused.value.metadata.items() >= said.items()
    with pytest.raises(OpenJpkiError) as refused:
        first.decide(application_id, decision)
    assert refused.value.metadata["steps"] == "confirm_identity,present_key"
    acts = [one.act for one in registration.journal(TAKAOKA) if one.subject == application_id]
    assert acts.count("call.refused") == 2
    assert "application.approved" not in acts
    third = registration.desk("officer-3", TAKAOKA)
    assert third.decide(application_id, decision).application.state in {
        pb.APPLICATION_STATE_ISSUED,
        pb.APPLICATION_STATE_REJECTED,
    }


@pytest.mark.requirement("R9.2.1", refuses=True)
def test_where_a_window_s_policy_lets_it_the_authority_s_still_may_not(
    ca: RunningCa,
    people: People,
    fresh_request: Callable[[], bytes],
    database_urls: tuple[str, str],
    registration: RunningRegistration,
    tmp_path: Path,
) -> None:
    """Another instance on the same database, where who took the application may decide."""
    own, register = database_urls
    with running_registration(
        tmp_path,
        ca.mesh,
        ca.service.server.port,
        database_url=own,
        register_url=register,
        changes={"decider_did_not_take": False},
    ) as lenient:
        first, second = (lenient.desk(f"officer-{n}", TAKAOKA) for n in (1, 2))
        application_id = second.submit(people.another(TAKAOKA)).application_id
        first.check(application_id)
        first.present(application_id, fresh_request())
        with pytest.raises(OpenJpkiError) as refused:
            second.decide(application_id)
        assert refused.value.reason is Reason.SAME_OFFICER
        assert first.get(application_id).state == pb.APPLICATION_STATE_KEY_PRESENTED
        third = lenient.desk("officer-3", TAKAOKA)
        assert third.decide(application_id).application.state == pb.APPLICATION_STATE_ISSUED
        # To say no it takes no authority.
        other = second.submit(people.another(TAKAOKA)).application_id
        rejected = second.decide(other, pb.DECISION_REJECT).application
        assert rejected.state == pb.APPLICATION_STATE_REJECTED
    acts = [one.act for one in registration.journal(TAKAOKA) if one.subject == application_id]
    assert acts[3:] == [
        "application.approved",
        "application.returned",
        "call.refused",
        "application.approved",
        "application.issued",
    ]
