"""Officers of the bridge see what waits for them, with all that they sign for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1 import bridge_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.bridge.tables import cross_revocations
from tests.integration.bridge.test_revoking_crosses import FROM, PAIRS, TO, governors_cross
from tests.integration.bridge.test_signed_approvals import of
from tests.integration.bridge.test_signed_revocations import unheard
from tests.support.ca_service import TOYAMA

if TYPE_CHECKING:
    from tests.support.bridge_service import RunningBridge


def pending(bridge: RunningBridge, officer: str = "officer-2") -> list[pb.PendingApproval]:
    answer = bridge.officer(officer).ListPendingApprovals(pb.ListPendingApprovalsRequest())
    assert answer.more == 0
    return list(answer.approvals)


@pytest.mark.requirement("R4.4", refuses=True)
def test_what_waits_is_listed_until_a_second_officer_has_signed(
    fresh_bridge: RunningBridge,
) -> None:
    fresh_bridge.register(TOYAMA)
    assert pending(fresh_bridge) == []
    first = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[PAIRS[TO]])
    second = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[PAIRS[FROM]])
    shown = pending(fresh_bridge)
    # First what waits longest, and each with what is signed for.
    assert [one.cross_certification for one in shown] == [first, second]
    assert all(one.cross_certification.certification_request for one in shown)
    assert shown[0].proposed_at.ToNanoseconds() <= shown[1].proposed_at.ToNanoseconds()

    fresh_bridge.approve(first, "officer-1")
    assert list(pending(fresh_bridge)[0].cross_certification.approved_by) == [
        "bridge-officer/bridge/officer-1"
    ]
    fresh_bridge.approve(first, "officer-2")
    assert [one.cross_certification for one in pending(fresh_bridge)] == [second]
    fresh_bridge.approve_twice(second)

    fresh_bridge.propose_end(first, "officer-1")
    (waits,) = pending(fresh_bridge)
    assert waits.cross_certification == fresh_bridge.shown(first, "officer-2")
    assert waits.cross_certification.state == pb.CROSS_CERTIFICATION_STATE_ISSUED
    assert waits.cross_certification.revocation.proposed_by == "bridge-officer/bridge/officer-1"
    fresh_bridge.approve_end(first, "officer-2")
    assert pending(fresh_bridge) == []


def test_what_was_signed_anew_waits_for_another(fresh_bridge: RunningBridge) -> None:
    with unheard(fresh_bridge) as crossed:
        # What ca is still to be told waits for no officer.
        assert pending(fresh_bridge) == []
        fresh_bridge.propose_end(crossed, "officer-1")
        (waits,) = pending(fresh_bridge)
        ending = waits.cross_certification.revocation
        assert ending.signed_anew_by == "bridge-officer/bridge/officer-1"
        fresh_bridge.approve_end(crossed, "officer-3")
        assert pending(fresh_bridge) == []


def test_one_that_cannot_be_read_hides_no_other(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    ended, other = (governors_cross(fresh_bridge, each) for each in (TO, FROM))
    for one in (ended, other):
        fresh_bridge.propose_end(one, "officer-1")
    of(fresh_bridge).run(
        lambda tx: tx.connection.execute(
            update(cross_revocations)
            .where(cross_revocations.c.cross_certification_id == ended.cross_certification_id)
            .values(cause="of a later release")
        )
    )
    (waits,) = pending(fresh_bridge)
    assert waits.cross_certification.cross_certification_id == other.cross_certification_id


@pytest.mark.requirement("R4.4", refuses=True)
def test_nobody_but_officers_is_told(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    for role, scope in ((PeerRole.PARTNER, TOYAMA), (PeerRole.VERIFIER, "tax-office")):
        stub = bridge_pb2_grpc.CrossCertificationServiceStub(fresh_bridge.channel(role, scope))
        with pytest.raises(OpenJpkiError) as refusal:
            stub.ListPendingApprovals(pb.ListPendingApprovalsRequest())
        assert refusal.value.reason is Reason.ROLE_NOT_ALLOWED
