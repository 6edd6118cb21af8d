"""Approvals rest on what the officers' own keys signed, at the bridge and again at ca (R4.4)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.officer_signature import from_message
from openjpki.services.bridge.exchange.carry_out import finish_approved
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.journal import SqlJournal
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.integration.ca.test_authority_service import cross_request
from tests.support.bridge_officers import approval, enrol_bridge_officers, signer
from tests.support.bridge_service import GOVERNOR_POLICY, mapping
from tests.support.ca_service import KAGAWA, TOYAMA, person_key
from tests.support.foreign_authorities import BRIDGE_POLICY, GOVERNMENT_POLICY
from tests.support.officers import Register, whole_seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.storage.bridge.crosses import CrossRecord
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

    Forged = Callable[[pb.CrossCertification], dict[str, Any]]

FROM, TO = pb.DIRECTION_FROM_PARTNER, pb.DIRECTION_TO_PARTNER
THERE = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
BACK = mapping(BRIDGE_POLICY, GOVERNOR_POLICY)


def unsigned(_: pb.CrossCertification) -> dict[str, Any]:
    return {"actor": "bridge-officer/bridge/officer-2", "evidence": None}


def of_the_first(_: pb.CrossCertification) -> dict[str, Any]:
    """The first officer's signature, in the second's name."""
    return {"actor": "bridge-officer/bridge/officer-2"}


def once_more(proposed: pb.CrossCertification) -> dict[str, Any]:
    """Another one by the first officer."""
    signature = from_message(approval(proposed, "officer-1").approval, field="approval")
    return {"evidence": signature, "request_id": signature.occasion.request_id}


FORGED = (unsigned, of_the_first, once_more)


def refused(act: Callable[[], object]) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value.reason


def of(bridge: RunningBridge) -> Database:
    assert bridge.service is not None
    return bridge.service.bridge.database


@pytest.mark.requirement("R4.4")
def test_what_officers_signed_is_kept_and_ca_names_it(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    fresh_bridge.approve_twice(proposed)
    with of(fresh_bridge).reading() as tx:
        found = crosses.get(tx, proposed.cross_certification_id)
    assert found is not None
    for number, one in enumerate(found.approvals, start=1):
        assert one.evidence is not None
        assert one.evidence.key_sha256 == signer(f"officer-{number}").key.public_key.sha256
    assert fresh_bridge.ca is not None
    with fresh_bridge.ca.service.ca.database.reading() as tx:
        entry = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.intended"
        ][-1]
    assert entry.details["cross_certification"] == proposed.cross_certification_id
    assert entry.details["approved_by"] == "bridge-officer/bridge/officer-2"


def test_an_approval_is_the_callers_own_for_this_very_request(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    other = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    officer, invalid = fresh_bridge.officer("officer-1"), Reason.EVIDENCE_SIGNATURE_INVALID

    def approve(request: pb.ApproveCrossCertificationRequest) -> Reason:
        return refused(lambda: officer.ApproveCrossCertification(request))

    assert approve(approval(proposed, "officer-2")) is invalid
    again = approval(proposed, "officer-1")
    again.request_id = str(uuid.uuid4())
    assert approve(again) is invalid
    # Signed over another cross-certification, or over other policies than are to be agreed.
    elsewhere = approval(other, "officer-1")
    elsewhere.cross_certification_id = proposed.cross_certification_id
    assert approve(elsewhere) is invalid
    changed = pb.CrossCertification()
    changed.CopyFrom(proposed)
    changed.policy_mappings[0].subject_domain_policy = "1.2.3.4"
    assert approve(approval(changed, "officer-1")) is invalid
    broken = approval(proposed, "officer-1")
    whole = broken.approval.signature
    broken.approval.signature = whole[:-1] + bytes([whole[-1] ^ 1])
    assert approve(broken) is invalid
    with of(fresh_bridge).reading() as tx:
        found = crosses.get(tx, proposed.cross_certification_id)
    assert found is not None
    assert not found.approvals


def test_an_officer_who_is_not_enrolled_or_no_more(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    stranger = refused(lambda: fresh_bridge.approve(proposed, "officer-9"))
    assert stranger is Reason.OFFICER_NOT_ENROLLED
    fresh_bridge.approve(proposed, "officer-1")
    # The first one is dismissed before the second approves: nothing is carried out.
    Register("bridge", fresh_bridge.channel).revoke(signer("officer-1").officer)
    dismissed = refused(lambda: fresh_bridge.approve(proposed, "officer-2"))
    assert dismissed is Reason.OFFICER_REVOKED
    assert not fresh_bridge.list_pool_has_cross()


def test_ca_goes_by_its_own_register(fresh_bridge: RunningBridge, ca: RunningCa) -> None:
    """Whoever the bridge's register knows, or says it knows."""
    enrol_bridge_officers(of(fresh_bridge), ["officer-7"])
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, FROM, policy_mappings=[THERE])
    fresh_bridge.approve(proposed, "officer-1")
    unknown = refused(lambda: fresh_bridge.approve(proposed, "officer-7"))
    assert unknown is Reason.OFFICER_NOT_ENROLLED


def issue(ca: RunningCa, request: ca_pb2.IssueCrossCertificateRequest) -> Reason:
    """As whoever has stolen the bridge's credential."""
    stub = ca_pb2_grpc.AuthorityServiceStub(ca.channel(PeerRole.BRIDGE))
    return refused(lambda: stub.IssueCrossCertificate(request))


def test_a_stolen_bridge_credential_certifies_nobody(ca: RunningCa) -> None:
    invalid = Reason.EVIDENCE_SIGNATURE_INVALID
    genuine = cross_request(person_key())
    for change in (
        {"certification_request": cross_request(person_key()).certification_request},
        {"authority_id": KAGAWA},
        {"cross_certification_id": str(uuid.uuid4())},
    ):
        request = type(genuine)()
        request.CopyFrom(genuine)
        request.request_id = str(uuid.uuid4())
        for name, value in change.items():
            setattr(request, name, value)
        assert issue(ca, request) is invalid
    # Not even with what officers signed, for longer than policy says.
    longer = cross_request(person_key())
    longer.validity_days = 3 * 365 + 1
    assert issue(ca, longer) is Reason.CROSS_CERTIFICATE_REFUSED
    old = cross_request(person_key())
    for one in old.approvals:
        one.signed_at.FromDatetime(whole_seconds() - timedelta(days=31))
    assert issue(ca, old) is invalid
    register = Register("ca", ca.channel)
    suspended = register.revoke(signer("officer-2").officer)
    assert issue(ca, cross_request(person_key())) is Reason.OFFICER_REVOKED
    register.reject(suspended.proposal)


@pytest.mark.requirement("R4.4", refuses=True)
@pytest.mark.parametrize("forged", FORGED)
def test_what_a_database_says_was_approved_is_signed_for_by_nobody(
    fresh_bridge: RunningBridge, forged: Forged
) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(TOYAMA, TO, policy_mappings=[BACK])
    left = with_a_forged_approval(fresh_bridge, proposed, forged)
    assert left.state not in {State.PENDING, State.ISSUED}
    assert left.intent is None


@pytest.mark.requirement("R4.4", refuses=True)
@pytest.mark.parametrize("forged", FORGED)
def test_nor_is_what_a_partner_offered_taken_in(
    fresh_bridge: RunningBridge, abroad: Abroad, forged: Forged
) -> None:
    partner, government = abroad.partner_id, abroad.government
    fresh_bridge.register(partner, government.certificate)
    pairs = [PolicyPair(GOVERNMENT_POLICY, BRIDGE_POLICY)]
    offered = government.cross_certify(fresh_bridge.own_request(partner), pairs, "offered")
    proposed = fresh_bridge.propose(partner, FROM, certificate=offered)
    left = with_a_forged_approval(fresh_bridge, proposed, forged)
    assert left.state not in {State.PENDING, State.ISSUED}
    assert offered not in fresh_bridge.list_pool().certificates


def with_a_forged_approval(
    running: RunningBridge, proposed: pb.CrossCertification, forged: Forged
) -> CrossRecord:
    """What becomes of it by a second approval that somebody wrote into the database."""
    assert running.service is not None
    bridge, identifier = running.service.bridge, proposed.cross_certification_id
    running.officer("officer-1").ApproveCrossCertification(approval(proposed, "officer-1"))

    def forge(tx: Transaction) -> None:
        found = crosses.lock(tx, identifier)
        assert found is not None
        second = replace(found.approvals[0], officer="officer-2", **forged(proposed))
        crosses.approve(tx, identifier, second, 2)
        crosses.move(tx, identifier, State.PENDING, State.APPROVED, bridge.clock.now())

    bridge.database.run(forge)
    finish_approved(bridge)
    with bridge.database.reading() as tx:
        left = crosses.get(tx, identifier)
    assert left is not None
    return left
