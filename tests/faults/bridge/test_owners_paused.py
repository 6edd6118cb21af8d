"""Two processes of bridge over one database: the owner is stopped (SIGSTOP) with a decision in
flight. The other carries it out; the one that wakes late changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.journal import SqlJournal
from tests.faults.bridge.test_killed_while_certifying import (
    PAIRS,
    ca,
    installation,
    postgres_server,
)
from tests.faults.bridge.test_killed_while_revoking import FROM, TO, is_listed
from tests.faults.bridge.test_owners_that_go import approved_once, certified, owner
from tests.support.bridge_officers import approval
from tests.support.ca_service import TOYAMA
from tests.support.hanging_call import HangingCall
from tests.support.lock_waits import locked, somebody_waits
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.bridge.test_killed_while_certifying import Installation

__all__ = ["ca", "installation", "postgres_server"]

pytestmark = pytest.mark.parametrize("database", ["postgresql"])

LATE = {Reason.NOT_THE_OWNER, Reason.SERVICE_UNAVAILABLE}
"""What somebody hears whose process was stopped, if it is no answer."""


def assert_told_nothing_else(hanging: HangingCall, answer: pb.CrossCertification) -> None:
    """Whatever it tells its caller, it is not that something else was done."""
    hanging.ends()
    assert hanging.answer == answer or hanging.refusal in LATE


def answered_at_last(call: Callable[[], pb.CrossCertification]) -> pb.CrossCertification:
    """By a process that has only begun to own the authority: as a client asks again."""
    found: list[pb.CrossCertification] = []

    def is_answered() -> bool:
        try:
            found.append(call())
        except OpenJpkiError as refusal:
            if refusal.reason not in LATE:
                raise
        return bool(found)

    wait_until(is_answered)
    return found[0]


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize("step", ["intent stored", "signed"])
def test_what_a_paused_owner_had_begun_the_other_ends(
    installation: Installation, step: str
) -> None:
    first = installation.client(paused_at=step, instance="bridge-0")
    second = installation.client(instance="bridge-1")
    proposed = approved_once(first)
    officer, request = first.officer("officer-2"), approval(proposed, "officer-2")
    hanging = HangingCall(
        lambda: officer.ApproveCrossCertification(request, timeout=200).cross_certification
    )
    paused = installation.processes[0]
    wait_until(paused.is_paused)
    wait_until(lambda: owner(installation) == "bridge-1")
    certificate = certified(installation, second, proposed)
    again = second.officer("officer-2").ApproveCrossCertification(request).cross_certification
    acts = installation.acts()
    paused.resume()
    assert_told_nothing_else(hanging, again)
    assert installation.acts() == acts
    assert installation.record(proposed.cross_certification_id).certificate == certificate


@pytest.mark.requirement("R4.4")
def test_who_stops_in_the_middle_of_a_decision_keeps_nobody_from_it(
    installation: Installation,
) -> None:
    """Its session is ended with what it had begun, before or after it had entered the approval."""
    first = installation.client(instance="bridge-0")
    second = installation.client(instance="bridge-1")
    proposed = approved_once(first)
    assert owner(installation) == "bridge-0"
    officer, request = first.officer("officer-2"), approval(proposed, "officer-2")
    process = installation.processes[0]
    with locked(installation.database, "SELECT 1 FROM cross_certifications"):
        hanging = HangingCall(
            lambda: officer.ApproveCrossCertification(request, timeout=200).cross_certification
        )
        wait_until(lambda: somebody_waits(installation.database))
        process.pause()
    wait_until(lambda: owner(installation) == "bridge-1")
    # Nothing of it was kept.
    identifier = proposed.cross_certification_id
    assert [one.officer for one in installation.record(identifier).approvals] == ["officer-1"]
    other = second.officer("officer-2")
    answer = answered_at_last(lambda: other.ApproveCrossCertification(request).cross_certification)
    assert certified(installation, second, proposed) == answer.certificate
    acts = installation.acts()
    assert acts.count("cross.approved") == 2
    process.resume()
    assert_told_nothing_else(hanging, answer)
    assert installation.acts() == acts
    assert other.ApproveCrossCertification(request).cross_certification == answer


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize(
    ("direction", "step"),
    [(TO, "revocation approved"), (TO, "list 2 signed"), (FROM, "issuer told")],
)
def test_an_end_that_was_decided_is_carried_out_once(
    installation: Installation, direction: pb.Direction.ValueType, step: str
) -> None:
    first = installation.client(paused_at=step, instance="bridge-0")
    second = installation.client(instance="bridge-1")
    first.register(TOYAMA)
    crossed = first.propose(TOYAMA, direction, policy_mappings=[PAIRS[direction]])
    certificate = first.approve_twice(crossed)
    first.propose_end(crossed)
    officer, request = first.officer("officer-2"), first.approval_of_end(crossed)
    hanging = HangingCall(
        lambda: officer.ApproveCrossRevocation(request, timeout=200).cross_certification
    )
    paused = installation.processes[0]
    wait_until(paused.is_paused)
    assert installation.record(crossed.cross_certification_id).state is State.REVOKED
    wait_until(lambda: owner(installation) == "bridge-1")
    parsed = x509.load_der_x509_certificate(certificate)
    wait_until(lambda: is_listed(second, parsed))
    assert certificate not in second.list_pool().certificates
    other = second.officer("officer-2")
    answer = answered_at_last(lambda: other.ApproveCrossRevocation(request).cross_certification)
    assert answer.state == pb.CROSS_CERTIFICATION_STATE_REVOKED
    acts = installation.acts()
    assert acts.count("cross.revoked") == 1
    paused.resume()
    assert_told_nothing_else(hanging, answer)
    assert installation.acts() == acts
    assert other.ApproveCrossRevocation(request).cross_certification == answer
    with installation.ca.service.ca.database.reading() as tx:
        entries = list(SqlJournal().read_all(tx, TOYAMA))
    ended = [one.subject for one in entries if one.act == "certificate.revoked"]
    told = [one for one in ended if int(one, 16) == parsed.serial_number]
    assert len(told) == (1 if direction == FROM else 0)
