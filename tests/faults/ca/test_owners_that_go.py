"""Several processes share the authorities while owners are killed, stopped, deluded and replaced.

Windows call all the time. Nothing is lost or doubled, and no window has to ask more than twice.
"""

from __future__ import annotations

import itertools
import threading
import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.officers import Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers_journal import STREAM
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import faults
from tests.faults.ca.conftest import TOWN
from tests.support.ca_books import assert_whole, open_intents, stored
from tests.support.ca_fleet import Fleet, Load
from tests.support.ca_service import TOYAMA
from tests.support.callers import Callers, once_more
from tests.support.officers import Register, Signer
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2

    Applications = list[ca_pb2.IssueCertificateRequest]


def assert_fleet_whole(fleet: Fleet) -> None:
    for authority in TOWN:
        assert_whole(fleet.database, authority)


def assert_load_done(fleet: Fleet, load: Load) -> None:
    load.finish()
    load.assert_nothing_lost_or_doubled()
    assert_fleet_whole(fleet)


@pytest.mark.requirement("R1.3.4")
@pytest.mark.parametrize("processes", [2, 3])
def test_owners_are_killed_one_after_the_other(
    fleet: Fleet, applications: Applications, processes: int
) -> None:
    for _ in range(processes):
        fleet.start()
    load = Load(fleet, applications)
    for _ in range(2):
        owner = fleet.wait_for_owner(TOYAMA)
        load.ask(12)
        load.wait(but=9)
        owner.kill()
        fleet.forget(owner)
        fleet.wait_for_owner(TOYAMA, other_than=owner)
        load.wait()
        fleet.start()
    assert_load_done(fleet, load)


@pytest.mark.parametrize("step", ["serial reserved", "intent stored", "signed", "storing"])
def test_a_call_whose_owner_is_killed_is_answered_by_the_successor(
    fleet: Fleet, applications: Applications, step: str
) -> None:
    """The caller asks once and sees nothing of it."""
    dying = fleet.start(killed_at=step)
    fleet.start()
    stub = fleet.certificates()
    request = next(one for one in applications if fleet.wait_for_owner(one.authority_id) is dying)
    answer = stub.IssueCertificate(request, timeout=90)
    assert dying.was_killed()
    fleet.forget(dying)
    assert stored(fleet.database, request.authority_id) == {answer.serial: answer.certificate}
    assert_fleet_whole(fleet)


@pytest.mark.parametrize("step", ["serial reserved", "intent stored", "signed", "storing"])
def test_an_owner_that_is_paused_and_wakes_late_writes_nothing(
    fleet: Fleet, applications: Applications, step: str
) -> None:
    """Between two transactions or in the middle of one, whose locks the database takes away."""
    paused = fleet.start(paused_at=step)
    request = applications[0]
    answers: list[bytes] = []
    stub = fleet.certificates()

    def ask() -> None:
        answers.append(stub.IssueCertificate(request, timeout=200).certificate)

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(paused.is_paused)
    other = fleet.start()
    fleet.wait_for_owner(TOYAMA, other_than=paused)
    again = fleet.certificates(other)
    answer = again.IssueCertificate(request, timeout=90)
    assert open_intents(fleet.database, TOYAMA) == []
    before = stored(fleet.database, TOYAMA)
    paused.resume()
    asking.join(90)
    assert answers == [answer.certificate]
    assert stored(fleet.database, TOYAMA) == before == {answer.serial: answer.certificate}
    assert_fleet_whole(fleet)


def test_owners_are_paused_under_load_for_longer_than_a_lease(
    fleet: Fleet, applications: Applications
) -> None:
    """Calls that hang at the paused one are made again at its successor before it wakes."""
    fleet.start()
    fleet.start()
    load = Load(fleet, applications)
    load.ask(12)
    load.wait(but=9)
    owner = fleet.wait_for_owner(TOYAMA)
    owner.pause()
    fleet.wait_for_owner(TOYAMA, other_than=owner)
    # As a probe of readiness finds within ten seconds.
    fleet.forget(owner)
    load.ask(12)
    load.wait()
    owner.resume()
    load.ask(12)
    assert_load_done(fleet, load)


def test_of_two_that_believe_to_be_the_owner_one_writes(
    fleet: Fleet, applications: Applications
) -> None:
    """One never learns that its lease is gone, and goes on taking calls for it."""
    deluded = fleet.start()
    load = Load(fleet, applications)
    load.ask(12)
    load.wait(but=9)
    deluded.delude()
    fleet.start()
    for authority in TOWN:
        fleet.wait_for_owner(authority, other_than=deluded)
    load.ask(12)
    stub = fleet.certificates(deluded)
    for request in applications[24:]:
        with pytest.raises(OpenJpkiError) as refused:
            stub.IssueCertificate(request, timeout=90)
        assert refused.value.reason is Reason.NOT_THE_OWNER
    load.ask(12)
    assert_load_done(fleet, load)


def test_a_rolling_restart_loses_no_call(fleet: Fleet, applications: Applications) -> None:
    first = [fleet.start(), fleet.start()]
    load = Load(fleet, applications)
    for process in first:
        load.ask(15)
        load.wait(but=12)
        fleet.replace(process)
    assert_load_done(fleet, load)


def test_a_rolling_restart_loses_no_officer(fleet: Fleet, applications: Applications) -> None:
    """Operators enrol and suspend all the time, beside windows; each act is done once."""
    first = [fleet.start(), fleet.start()]
    register = Register("ca", fleet.channel)
    numbers, enrolled = itertools.count(), []

    def work() -> None:
        officer = Officer.parse(f"window-officer/16201/officer-of-{next(numbers)}")
        asked = register.request(Signer(officer))
        proposed = once_more(lambda: register.operator("ito").ProposeOfficer(asked)).proposal
        approval = pb.ApproveOfficerRequest(
            request_id=str(uuid.uuid4()), proposal_id=proposed.proposal_id
        )
        once_more(lambda: register.operator("kato").ApproveOfficer(approval))
        suspension = pb.RevokeOfficerRequest(
            request_id=str(uuid.uuid4()),
            officer=str(officer),
            cause=pb.OFFICER_REVOCATION_CAUSE_LEFT,
        )
        once_more(lambda: register.operator("ito").RevokeOfficer(suspension))
        enrolled.append(str(officer))

    callers, load = Callers([work]), Load(fleet, applications)
    try:
        for process in first:
            load.ask(9)
            callers.go_on()
            fleet.replace(process)
        callers.go_on()
    finally:
        callers.stop()
    assert callers.lost == []
    assert_load_done(fleet, load)
    with fleet.database.reading() as tx:
        acts = Counter((one.act, one.subject) for one in SqlJournal().read_all(tx, STREAM))
        assert [faults(tx, STREAM, retention) for retention in RetentionClass] == [[]] * 4
    for officer in enrolled:
        for act in ("officer.proposed", "officer.enrolled", "officer.suspended"):
            assert acts[act, officer] == 1
