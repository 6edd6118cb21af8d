"""kill -9 between a change of the officers' register and its answer: done once, answered after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.api.officers.v1 import officers_pb2 as pb
from openjpki.domain.officers import KeyState, Officer
from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers_journal import STREAM
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.officers import keys
from tests.support.officers import Register, Signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.api.officers.v1.officers_pb2_grpc import OfficerRegisterServiceStub
    from tests.faults.ca.conftest import Installation
    from tests.support.ca_process import CaProcess

TANAKA = Officer.parse("window-officer/16201/tanaka")
REQUEST = "3f0c9a1e-7a52-4c0e-9d3f-2b8f5c1d6e70"


def register_of(installation: Installation, process: CaProcess) -> Register:
    return Register(
        "ca", lambda *who: process.channel(installation.mesh, installation.folder, *who)
    )


def states(installation: Installation) -> list[KeyState]:
    with installation.database.reading() as tx:
        return [one.key.state for one in keys.of_officer(tx, TANAKA)]


def acts(installation: Installation) -> list[str]:
    with installation.database.reading() as tx:
        return [one.act for one in SqlJournal().read(tx, STREAM, RetentionClass.OPERATIONS)]


@pytest.mark.parametrize("step", ["officer proposed", "officer decided", "officer suspended"])
def test_what_was_durable_is_answered_by_a_retry(installation: Installation, step: str) -> None:
    signer = Signer(TANAKA)
    first = installation.running()
    register = register_of(installation, first)
    call: Callable[[OfficerRegisterServiceStub], object]
    if step == "officer proposed":
        request = register.request(signer, request_id=REQUEST)
        call, done, kept = (lambda stub: stub.ProposeOfficer(request)), "officer.proposed", []
    elif step == "officer decided":
        proposal = register.propose(signer, by="kato")
        approval = pb.ApproveOfficerRequest(request_id=REQUEST, proposal_id=proposal.proposal_id)
        call, done, kept = (
            (lambda stub: stub.ApproveOfficer(approval)),
            "officer.enrolled",
            [KeyState.ENROLLED],
        )
    else:
        register.enrol(TANAKA)
        revocation = pb.RevokeOfficerRequest(
            request_id=REQUEST, officer=str(TANAKA), cause=pb.OFFICER_REVOCATION_CAUSE_MISUSE
        )
        call, done, kept = (
            (lambda stub: stub.RevokeOfficer(revocation)),
            "officer.suspended",
            [KeyState.SUSPENDED],
        )
    first.kill()

    dying = installation.running(killed_at=step)
    with pytest.raises(OpenJpkiError) as broken:
        call(register_of(installation, dying).operator())
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert dying.was_killed()
    assert states(installation) == kept

    again = register_of(installation, installation.running()).operator()
    assert call(again) == call(again)
    assert states(installation) == kept
    assert acts(installation).count(done) == 1
