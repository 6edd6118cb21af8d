"""The end of a cross certificate rests on what two officers' own keys signed (R4.4)."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.evidence import StatementKind
from openjpki.errors import Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.exchange.tell_issuer import finish_revocations
from openjpki.services.ca.issuance.signed_for import signed_for
from openjpki.storage.bridge import revocations
from openjpki.storage.bridge.tables import revocation_approvals
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.bridge.test_revoking_crosses import FROM, TO, governors_cross
from tests.integration.bridge.test_signed_approvals import of, refused
from tests.support.bridge_officers import end_for_ca, enrol_bridge_officers, signer
from tests.support.ca_service import KAGAWA, TOYAMA
from tests.support.officers import Register

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.services.bridge.context import BridgeContext
    from tests.support.bridge_service import RunningBridge
    from tests.support.ca_service import RunningCa

REPLACED = revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED
INVALID = Reason.EVIDENCE_SIGNATURE_INVALID


@pytest.mark.requirement("R4.4")
def test_what_both_signed_is_kept_and_ca_names_it(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    crossed = governors_cross(fresh_bridge, FROM)
    fresh_bridge.end(crossed)
    with of(fresh_bridge).reading() as tx:
        ending = revocations.get(tx, crossed.cross_certification_id)
    assert ending is not None
    for number, one in enumerate(ending.approvals, start=1):
        assert one.evidence is not None
        assert one.evidence.key_sha256 == signer(f"officer-{number}").key.public_key.sha256
    assert fresh_bridge.ca is not None
    with fresh_bridge.ca.service.ca.database.reading() as tx:
        entry = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.revoked"
        ][-1]
    assert entry.details["proposed_sha256"] != entry.details["approved_sha256"]
    # ca keeps the signatures themselves: those for the certificate and those for its end.
    kept = signed_for(
        fresh_bridge.ca.service.ca, AuthorityId.parse(TOYAMA), bytes.fromhex(entry.subject)
    )
    assert sorted((one.kept.kind, str(one.kept.signature.occasion.officer)) for one in kept) == [
        (kind.value, f"bridge-officer/bridge/officer-{number}")
        for kind in (
            StatementKind.CROSS_CERTIFICATION_APPROVED,
            StatementKind.CROSS_REVOCATION_APPROVED,
        )
        for number in (1, 2)
    ]


def test_it_is_the_callers_own_for_this_very_certificate(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    crossed, other = (governors_cross(fresh_bridge, each) for each in (TO, FROM))
    officer = fresh_bridge.officer("officer-1")

    def propose(signed: pb.ApproveCrossRevocationRequest) -> Reason:
        request = pb.ProposeCrossRevocationRequest(
            request_id=signed.request_id,
            cross_certification_id=crossed.cross_certification_id,
            cause=signed.cause,
            approval=signed.approval,
        )
        return refused(lambda: officer.ProposeCrossRevocation(request))

    assert propose(fresh_bridge.approval_of_end(crossed, "officer-2")) is INVALID
    assert propose(fresh_bridge.approval_of_end(other, "officer-1")) is INVALID
    again = fresh_bridge.approval_of_end(crossed, "officer-1")
    again.request_id = str(uuid.uuid4())
    assert propose(again) is INVALID
    otherwise = fresh_bridge.approval_of_end(crossed, "officer-1")
    otherwise.cause = REPLACED
    assert propose(otherwise) is INVALID
    with of(fresh_bridge).reading() as tx:
        assert revocations.get(tx, crossed.cross_certification_id) is None
    # Nor is the approval anybody else's; and one account is one person in whatever case.
    fresh_bridge.propose_end(crossed)
    second = fresh_bridge.officer("officer-2")
    foreign = fresh_bridge.approval_of_end(crossed, "officer-3")
    assert refused(lambda: second.ApproveCrossRevocation(foreign)) is INVALID
    same = fresh_bridge.officer("Officer-1")
    own = fresh_bridge.approval_of_end(crossed, "officer-1")
    twice = refused(lambda: same.ApproveCrossRevocation(own))
    assert twice is Reason.ALREADY_APPROVED_BY_OFFICER


def test_an_officer_who_is_not_enrolled_or_no_more(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    crossed = governors_cross(fresh_bridge, TO)
    stranger = refused(lambda: fresh_bridge.propose_end(crossed, "officer-9"))
    assert stranger is Reason.OFFICER_NOT_ENROLLED
    fresh_bridge.propose_end(crossed, "officer-1")
    # Who proposed it is dismissed before another approves: nothing ends.
    Register("bridge", fresh_bridge.channel).revoke(signer("officer-1").officer)
    assert refused(lambda: fresh_bridge.approve_end(crossed)) is Reason.OFFICER_REVOKED
    assert fresh_bridge.list_pool_has_cross()


def test_ca_goes_by_its_own_register(fresh_bridge: RunningBridge) -> None:
    enrol_bridge_officers(of(fresh_bridge), ["officer-8"])
    fresh_bridge.register(TOYAMA)
    crossed = governors_cross(fresh_bridge, FROM)
    fresh_bridge.propose_end(crossed)
    unknown = refused(lambda: fresh_bridge.approve_end(crossed, "officer-8"))
    assert unknown is Reason.OFFICER_NOT_ENROLLED


def test_a_stolen_bridge_credential_ends_nothing(fresh_bridge: RunningBridge) -> None:
    fresh_bridge.register(TOYAMA)
    proposed = fresh_bridge.propose(
        TOYAMA, FROM, policy_mappings=governors_cross(fresh_bridge, FROM).policy_mappings
    )
    certificate = fresh_bridge.approve_twice(proposed)
    ca = fresh_bridge.ca
    assert ca is not None

    def end(request: ca_pb2.RevokeCrossCertificateRequest) -> Reason:
        return refused(lambda: stub_of(ca).RevokeCrossCertificate(request))

    otherwise = end_for_ca(TOYAMA, certificate)
    otherwise.cause = revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE
    assert end(otherwise) is INVALID
    elsewhere = end_for_ca(KAGAWA, certificate)
    elsewhere.authority_id = TOYAMA
    assert end(elsewhere) is INVALID
    later = end_for_ca(TOYAMA, certificate)
    later.approvals[0].signed_at.seconds -= 1
    assert end(later) is INVALID
    one = end_for_ca(TOYAMA, certificate, ("officer-1", "officer-1"))
    assert end(one) is Reason.SAME_OFFICER
    register = Register("ca", ca.channel)
    suspended = register.revoke(signer("officer-2").officer)
    assert end(end_for_ca(TOYAMA, certificate)) is Reason.OFFICER_REVOKED
    register.reject(suspended.proposal)
    assert stub_of(ca).RevokeCrossCertificate(end_for_ca(TOYAMA, certificate)).sequence


def stub_of(ca: RunningCa) -> ca_pb2_grpc.AuthorityServiceStub:
    return ca_pb2_grpc.AuthorityServiceStub(ca.channel(PeerRole.BRIDGE))


@contextmanager
def unheard(bridge: RunningBridge) -> Iterator[pb.CrossCertification]:
    """Ended by two officers, of whom ca takes one no more: it was not told."""
    bridge.register(TOYAMA)
    crossed = governors_cross(bridge, FROM)
    bridge.propose_end(crossed)
    assert bridge.ca is not None
    register = Register("ca", bridge.ca.channel)
    suspended = register.revoke(signer("officer-2").officer)
    assert refused(lambda: bridge.approve_end(crossed)) is Reason.OFFICER_REVOKED
    shown = bridge.shown(crossed, "officer-1")
    assert shown.state == pb.CROSS_CERTIFICATION_STATE_REVOKED
    assert shown.revocation.unheard
    assert finish_revocations(bridge_of(bridge)) == 1
    assert unheard_gauge() == 1
    yield crossed
    register.reject(suspended.proposal)


def bridge_of(bridge: RunningBridge) -> BridgeContext:
    assert bridge.service is not None
    return bridge.service.bridge


def unheard_gauge() -> float | None:
    return REGISTRY.get_sample_value("openjpki_cross_revocations_unheard", {"authority": "bridge"})


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize("signed_before", [True, False])
def test_what_ca_takes_no_more_is_signed_anew(
    fresh_bridge: RunningBridge, signed_before: bool
) -> None:
    with unheard(fresh_bridge) as crossed:
        _sign_anew(fresh_bridge, crossed, signed_before=signed_before)


def _sign_anew(
    fresh_bridge: RunningBridge, crossed: pb.CrossCertification, *, signed_before: bool
) -> None:
    if not signed_before:
        # As approvals are from before officers signed them.
        of(fresh_bridge).run(
            lambda tx: tx.connection.execute(
                update(revocation_approvals).values(key_sha256=None, signed_at=None, signature=None)
            )
        )
    # For another cause nothing is signed anew: what is published here has this one.
    otherwise = refused(lambda: fresh_bridge.propose_end(crossed, cause=REPLACED))
    assert otherwise is Reason.WRONG_STATE
    first = fresh_bridge.propose_end(crossed, "officer-1")
    assert first.revocation.signed_anew_by == "bridge-officer/bridge/officer-1"
    assert first.revocation.approved_by == "bridge-officer/bridge/officer-2"
    # One officer alone changes nothing, twice neither.
    alone = refused(lambda: fresh_bridge.approve_end(crossed, "officer-1"))
    assert alone is Reason.ALREADY_APPROVED_BY_OFFICER
    assert finish_revocations(bridge_of(fresh_bridge)) == 1
    told = fresh_bridge.approve_end(crossed, "officer-3")
    assert told.revocation.approved_by == "bridge-officer/bridge/officer-3"
    assert not told.revocation.unheard
    assert told.revocation.signed_anew_by == ""
    assert finish_revocations(bridge_of(fresh_bridge)) == 0
    assert unheard_gauge() == 0
    with of(fresh_bridge).reading() as tx:
        acts = [one.act for one in SqlJournal().read_all(tx, "bridge")]
    assert acts[-2:] == ["cross.revocation_signed_anew", "cross.revocation_told"]
    # ca has it, with what the two signed.
    assert fresh_bridge.ca is not None
    with fresh_bridge.ca.service.ca.database.reading() as tx:
        entry = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.revoked"
        ][-1]
    assert entry.details["approved_by"] == "bridge-officer/bridge/officer-3"
    # What was heard is not signed anew.
    late = refused(lambda: fresh_bridge.propose_end(crossed, "officer-1"))
    assert late is Reason.ALREADY_REVOKED


def test_new_signatures_that_ca_takes_no_more_are_replaced_again(
    fresh_bridge: RunningBridge,
) -> None:
    with unheard(fresh_bridge) as crossed:
        fresh_bridge.propose_end(crossed, "officer-1")
        again = refused(lambda: fresh_bridge.approve_end(crossed, "officer-2"))
        assert again is Reason.OFFICER_REVOKED
        fresh_bridge.propose_end(crossed, "officer-3")
        assert not fresh_bridge.approve_end(crossed, "officer-1").revocation.unheard
