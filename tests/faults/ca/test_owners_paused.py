"""Owners are stopped (SIGSTOP) amid what is not issuing: lists, officers, the journal's disposal.
The other process goes on; the one that wakes late changes nothing, and nothing was done twice."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.authority import AuthorityId
from openjpki.domain.officers import Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import Reason
from openjpki.services.common.officers_journal import STREAM
from openjpki.storage.ca import lists
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.segments import faults, segments_of
from openjpki.storage.kernel.tables import SegmentState
from tests.faults.ca.conftest import TOWN
from tests.support.ca_books import assert_whole
from tests.support.ca_fleet import Fleet, Load
from tests.support.ca_service import TOYAMA
from tests.support.hanging_call import HangingCall
from tests.support.lock_waits import locked, somebody_waits
from tests.support.officers import Register, Signer
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.roles import PeerRole
    from tests.support.ca_process import CaProcess

    Applications = list[ca_pb2.IssueCertificateRequest]

TANAKA = Officer.parse("window-officer/16201/tanaka")
OWN = AuthorityId.parse(TOYAMA)


def register_at(fleet: Fleet, process: CaProcess) -> Register:
    def opened(role: PeerRole, scope: str, subject: str) -> TypedChannel:
        channel = process.channel(fleet.mesh, fleet.folder, role, scope, subject)
        fleet.channels.append(channel)
        return channel

    return Register("ca", opened)


def acts(fleet: Fleet, stream: str) -> Counter[tuple[str, str]]:
    """How often what was done to what, as the journal has it."""
    with fleet.database.reading() as tx:
        return Counter((one.act, one.subject) for one in SqlJournal().read_all(tx, stream))


def assert_journal_whole(fleet: Fleet, stream: str) -> None:
    with fleet.database.reading() as tx:
        for retention in RetentionClass:
            assert faults(tx, stream, retention) == []


@pytest.mark.requirement("R3.2")
def test_of_two_that_make_the_same_list_one_publishes_it(fleet: Fleet) -> None:
    """The first list of each scope has number 1, whoever has signed one for it."""
    paused = fleet.start(paused_at="list 1 signed")
    wait_until(paused.is_paused)
    fleet.start()

    def published() -> Counter[tuple[str, int]]:
        with fleet.database.reading() as tx:
            return Counter((one.partition, one.number) for one in lists.newest_of_all(tx, OWN))

    scopes = 16
    wait_until(lambda: len(published()) == scopes)
    before = published()
    assert set(before.values()) == {1}
    paused.resume()
    # It takes part again, and what it had signed is nobody's.
    fleet.wait_for_owner(TOYAMA)
    assert published() == before
    done = acts(fleet, TOYAMA)
    named = {subject: number for (act, subject), number in done.items() if act.startswith("list.")}
    assert sum(named.values()) == scopes
    for authority in TOWN:
        assert_whole(fleet.database, authority)
        assert_journal_whole(fleet, authority)


def approval_of(proposal: pb.Proposal) -> pb.ApproveOfficerRequest:
    return pb.ApproveOfficerRequest(request_id=str(uuid.uuid4()), proposal_id=proposal.proposal_id)


def test_an_operator_whose_process_stops_after_the_decision_gets_its_answer(fleet: Fleet) -> None:
    """By whichever process they ask again: the officer is enrolled once."""
    paused = fleet.start(paused_at="officer decided")
    other = fleet.start()
    first, second = register_at(fleet, paused), register_at(fleet, other)
    signer = Signer(TANAKA)
    request = approval_of(second.propose(signer))
    hanging = HangingCall(lambda: first.operator("kato").ApproveOfficer(request, timeout=60))
    wait_until(paused.is_paused)
    answer = second.operator("kato").ApproveOfficer(request, timeout=60)
    assert [key.key_sha256 for key in answer.keys] == [signer.key.public_key.sha256]
    paused.resume()
    hanging.ends()
    assert hanging.answer == answer
    assert acts(fleet, STREAM)["officer.enrolled", str(TANAKA)] == 1
    assert_journal_whole(fleet, STREAM)


def test_who_stops_in_the_middle_of_a_decision_keeps_nobody_from_it(fleet: Fleet) -> None:
    """Its session is ended with what it had begun; when it wakes, it is told so."""
    process = fleet.start()
    other = fleet.start()
    first, second = register_at(fleet, process), register_at(fleet, other)
    request = approval_of(second.propose(Signer(TANAKA)))
    with locked(fleet.database, "SELECT 1 FROM officer_proposals"):
        hanging = HangingCall(lambda: first.operator("kato").ApproveOfficer(request, timeout=60))
        wait_until(lambda: somebody_waits(fleet.database))
        process.pause()
    answer = second.operator("kato").ApproveOfficer(request, timeout=60)
    process.resume()
    hanging.ends()
    assert hanging.refusal is Reason.SERVICE_UNAVAILABLE
    assert first.operator("kato").ApproveOfficer(request, timeout=60) == answer
    assert acts(fleet, STREAM)["officer.enrolled", str(TANAKA)] == 1
    assert_journal_whole(fleet, STREAM)


def test_who_stops_amid_a_suspension_keeps_windows_waiting_for_moments(
    fleet: Fleet, applications: Applications
) -> None:
    """A suspension has its turn alone: whatever counts signatures waits for its end, which comes
    when the database ends the session."""
    process = fleet.start()
    other = fleet.start()
    first, second = register_at(fleet, process), register_at(fleet, other)
    second.enrol(TANAKA)
    request = pb.RevokeOfficerRequest(
        request_id=str(uuid.uuid4()),
        officer=str(TANAKA),
        cause=pb.OFFICER_REVOCATION_CAUSE_LEFT,
    )
    load = Load(fleet, applications)
    with locked(fleet.database, "SELECT 1 FROM officer_keys WHERE officer = :of", of=str(TANAKA)):
        hanging = HangingCall(lambda: first.operator().RevokeOfficer(request, timeout=60))
        wait_until(lambda: somebody_waits(fleet.database))
        process.pause()
        load.ask(6)
    # As a probe of readiness finds.
    fleet.forget(process)
    load.wait()
    answer = second.operator().RevokeOfficer(request, timeout=60)
    process.resume()
    hanging.ends()
    assert hanging.refusal is Reason.SERVICE_UNAVAILABLE
    assert first.operator().RevokeOfficer(request, timeout=60) == answer
    load.finish()
    load.assert_nothing_lost_or_doubled()
    assert acts(fleet, STREAM)["officer.suspended", str(TANAKA)] == 1
    assert_journal_whole(fleet, STREAM)


def test_a_segment_is_disposed_of_once_whoever_stops_amid_it(fleet: Fleet) -> None:
    """Entries of long ago, as if the service had watched them grow old."""
    settings = fleet.settings_file.read_text("utf-8")
    often = "\n[ca]\ncrl_period = 4\ncrl_next_update = 86400\n"
    fleet.settings_file.write_text(settings + often, "utf-8")
    first = "stream = :of AND retention = 'authority_keys' AND segment = 1"

    def change(column: str) -> None:
        with fleet.database.transaction() as tx:
            # The database lets nobody date a segment back.
            tx.connection.execute(text("SET LOCAL session_replication_role = replica"))
            statement = f"UPDATE journal_segments SET {column} = '2001-01-01' WHERE {first}"  # noqa: S608
            assert tx.connection.execute(text(statement), {"of": TOYAMA}).rowcount == 1

    def state() -> SegmentState:
        with fleet.database.reading() as tx:
            return segments_of(tx, TOYAMA, RetentionClass.AUTHORITY_KEYS)[0].state

    change("opened_at")
    process = fleet.start()
    wait_until(lambda: state() is SegmentState.SEALED)
    process.pause()
    change("counts_from")
    with locked(fleet.database, f"SELECT 1 FROM journal_segments WHERE {first}", of=TOYAMA):  # noqa: S608
        process.resume()
        wait_until(lambda: somebody_waits(fleet.database))
        process.pause()
    assert state() is SegmentState.SEALED
    fleet.start()
    wait_until(lambda: state() is SegmentState.DISPOSED)
    process.resume()
    # It takes part again.
    fleet.wait_for_owner(TOYAMA)
    assert acts(fleet, TOYAMA)["segment.disposed", "authority_keys/1"] == 1
    assert_journal_whole(fleet, TOYAMA)
