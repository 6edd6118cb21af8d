"""Renewal at the window: near the end, with a new key, the old certificate ended (R2.7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from openjpki.api.registration.v1 import registration_pb2 as pb
from openjpki.api.registration.v1 import registration_pb2_grpc
from openjpki.api.types.v1 import person_pb2
from openjpki.domain.renewal import renewable_from
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.registration.applications.replaced import ended_at
from openjpki.storage.registration.applications import get
from openjpki.storage.registration.tables import applications

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki_devkit.register.synthetic import SyntheticResident
    from tests.support.registration_service import Desk, RunningRegistration

RENEWAL = pb.APPLICATION_KIND_RENEWAL


def issued(
    desk: Desk, second_desk: Desk, person: SyntheticResident, der: bytes, **said: object
) -> pb.Application:
    application_id = desk.submit(person, **said).application_id
    desk.check(application_id)
    desk.present(application_id, der)
    return second_desk.decide(application_id).application


def ends_in(registration: RunningRegistration, application: pb.Application, days: int) -> datetime:
    """As if it had been issued so long ago."""
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    with registration.database.transaction() as tx:
        tx.connection.execute(
            update(applications)
            .where(applications.c.application_id == application.application_id)
            .values(not_after=end)
        )
    return end


def certificates_of(desk: Desk, person: SyntheticResident) -> dict[bytes, pb.HandedOutCertificate]:
    answer = desk.stub.FindCertificates(
        pb.FindCertificatesRequest(
            municipality_code=desk.municipality,
            person=person_pb2.FourAttributes(
                name=person.name,
                birth_date=person.birth_date,
                sex=person_pb2.Sex.ValueType(int(person.sex)),
                address=person.address,
            ),
        )
    )
    return {one.serial: one for one in answer.certificates}


@pytest.mark.requirement("R2.7b", refuses=True)
def test_refused_with_the_day_from_which_it_is_possible(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(person, kind=RENEWAL)
    assert refusal.value.reason is Reason.NOTHING_TO_RENEW
    old = issued(desk, second_desk, person, fresh_request())
    assert (old.kind, old.renews) == (pb.APPLICATION_KIND_FIRST_ISSUE, b"")
    end = ends_in(registration, old, 120)
    first = renewable_from(end, 3).isoformat()
    rows = registration.row_counts()
    for kind, reason in (
        (RENEWAL, Reason.RENEWAL_TOO_EARLY),
        (pb.APPLICATION_KIND_FIRST_ISSUE, Reason.LIVE_CERTIFICATE_EXISTS),
    ):
        with pytest.raises(OpenJpkiError) as refusal:
            desk.submit(person, kind=kind)
        assert refusal.value.reason is reason
        assert refusal.value.metadata["renewable_from"] == first
    assert registration.row_counts() == rows
    assert [one for one in registration.journal() if one.act == "call.refused"]
    # It may be applied for before somebody has it revoked, or never.
    desk.revoke(old.serial)
    with pytest.raises(OpenJpkiError) as refusal:
        desk.submit(person, kind=RENEWAL)
    assert refusal.value.reason is Reason.NOTHING_TO_RENEW
    assert desk.submit(person).kind == pb.APPLICATION_KIND_FIRST_ISSUE


@pytest.mark.requirement("R2.7", refuses=True)
def test_taken_at_windows_alone(
    registration: RunningRegistration, desk: Desk, person: SyntheticResident
) -> None:
    request = desk.signed_form(person, kind=RENEWAL)
    for role in (PeerRole.VERIFIER, PeerRole.GOVERNOR_OFFICER, PeerRole.OPERATOR):
        scope = "signing-16" if role is PeerRole.GOVERNOR_OFFICER else "registration"
        channel = registration.channel(role, scope, "someone")
        stub = registration_pb2_grpc.WindowServiceStub(channel)
        with pytest.raises(OpenJpkiError) as refusal:
            stub.SubmitApplication(request)
        assert refusal.value.reason is Reason.ROLE_NOT_ALLOWED


@pytest.mark.requirement("R2.7")
@pytest.mark.requirement("R2.7b")
def test_the_old_certificate_ends_as_the_new_one_begins(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    der = fresh_request()
    old = issued(desk, second_desk, person, der)
    desk.hand_over(old.application_id)
    ends_in(registration, old, 60)
    taken = desk.submit(person, kind=RENEWAL)
    assert (taken.kind, taken.renews) == (RENEWAL, old.serial)
    listed = desk.stub.ListApplications(
        pb.ListApplicationsRequest(
            municipality_code=desk.municipality, states=[pb.APPLICATION_STATE_SUBMITTED]
        )
    ).applications
    assert [one.kind for one in listed if one.application_id == taken.application_id] == [RENEWAL]
    desk.check(taken.application_id)
    with pytest.raises(OpenJpkiError) as refusal:
        desk.present(taken.application_id, der)
    assert refusal.value.reason is Reason.KEY_ALREADY_USED
    desk.present(taken.application_id, fresh_request())
    # Nothing has ended before somebody decides.
    assert certificates_of(desk, person)[old.serial].state == pb.HANDED_OUT_STATE_IN_FORCE
    request = second_desk.decision(taken.application_id)
    answer = second_desk.stub.DecideApplication(request)
    assert second_desk.stub.DecideApplication(request) == answer
    new = answer.application
    assert (new.state, new.renews) == (pb.APPLICATION_STATE_ISSUED, old.serial)
    found = certificates_of(desk, person)
    assert found[new.serial].state == pb.HANDED_OUT_STATE_IN_FORCE
    assert found[old.serial].state == pb.HANDED_OUT_STATE_REVOKED
    assert found[old.serial].HasField("revoked_at")
    entered = [
        one
        for one in registration.journal()
        if one.subject in (old.application_id, new.application_id)
    ]
    assert [(one.act, one.subject, one.details["serial"]) for one in entered[-2:]] == [
        ("certificate.revoked", old.application_id, old.serial.hex()),
        ("application.issued", new.application_id, new.serial.hex()),
    ]
    assert desk.hand_over(new.application_id).state == pb.APPLICATION_STATE_HANDED_OVER
    assert registration.service is not None
    registration.service.jobs.once()
    closed = desk.get(old.application_id)
    assert closed.closed.reason == pb.CLOSING_REASON_CERTIFICATE_ENDED


def test_nobody_gets_a_second_one_while_the_first_lives(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    """Asked of the real authority before it has renewed: so it is with one that made the new
    certificate and let the old one live."""
    assert registration.service is not None
    context = registration.service.registration
    old = issued(desk, second_desk, person, fresh_request())
    ends_in(registration, old, 60)
    taken = desk.submit(person, kind=RENEWAL)
    with registration.database.reading() as tx:
        record = get(tx, desk.municipality, taken.application_id)
    assert record is not None
    with pytest.raises(OpenJpkiError) as refusal:
        ended_at(context, record)
    assert refusal.value.reason is Reason.PROFILE_MISMATCH
    # One that has expired has ended.
    ends_in(registration, old, -1)
    assert ended_at(context, record) is None


@pytest.mark.requirement("R2.7", refuses=True)
def test_what_was_revoked_meanwhile_is_not_renewed(
    registration: RunningRegistration,
    desk: Desk,
    second_desk: Desk,
    person: SyntheticResident,
    fresh_request: Callable[[], bytes],
) -> None:
    old = issued(desk, second_desk, person, fresh_request())
    ends_in(registration, old, 60)
    application_id = desk.submit(person, kind=RENEWAL).application_id
    desk.check(application_id)
    desk.present(application_id, fresh_request())
    desk.revoke(old.serial, cause=2)
    with pytest.raises(OpenJpkiError) as refusal:
        second_desk.decide(application_id)
    assert refusal.value.reason is Reason.ALREADY_REVOKED
    ended = desk.get(application_id)
    assert ended.state == pb.APPLICATION_STATE_REJECTED
    assert ended.end.authority_refusal == "ALREADY_REVOKED"
    assert set(certificates_of(desk, person)) == {old.serial}
    assert issued(desk, second_desk, person, fresh_request()).state == pb.APPLICATION_STATE_ISSUED
