"""Ending cross certificates by two officers: no path goes through one from that moment (R4.4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from tests.integration.bridge.test_validation import reasons
from tests.support.bridge_service import GOVERNOR_POLICY, mapping, to
from tests.support.ca_service import TOYAMA
from tests.support.foreign_authorities import BRIDGE_POLICY
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

FROM, TO = pb.DIRECTION_FROM_PARTNER, pb.DIRECTION_TO_PARTNER
REPLACED = revocation_pb2.CROSS_REVOCATION_CAUSE_REPLACED
PAIRS = {
    FROM: mapping(GOVERNOR_POLICY, BRIDGE_POLICY),
    TO: mapping(BRIDGE_POLICY, GOVERNOR_POLICY),
}


def governors_cross(
    bridge: RunningBridge, direction: pb.Direction.ValueType
) -> pb.CrossCertification:
    """Issued."""
    proposed = bridge.propose(TOYAMA, direction, policy_mappings=[PAIRS[direction]])
    bridge.approve_twice(proposed)
    return proposed


def shown(bridge: RunningBridge, crossed: pb.CrossCertification) -> pb.CrossCertification:
    """As the partner sees it."""
    return (
        bridge.partner(crossed.partner_id)
        .GetCrossCertification(
            pb.GetCrossCertificationRequest(
                partner_id=crossed.partner_id,
                cross_certification_id=crossed.cross_certification_id,
            )
        )
        .cross_certification
    )


def revoked_in(lists: list[bytes], certificate: x509.Certificate) -> list[x509.ReasonFlags]:
    """Reasons with which lists of its issuer name a certificate."""
    found = []
    for der in lists:
        crl = x509.load_der_x509_crl(der)
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if crl.issuer == certificate.issuer and entry is not None:
            stated = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
            found.append(stated)
    return found


def refused(act: Callable[[], object]) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value.reason


@pytest.mark.requirement("R4.4", "R4.5")
@pytest.mark.parametrize("direction", [FROM, TO])
def test_an_end_that_two_officers_decided(
    fresh_bridge: RunningBridge, abroad: Abroad, direction: pb.Direction.ValueType
) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crosses = {each: governors_cross(bridge, each) for each in (FROM, TO)}
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    assert bridge.validate(abroad.official).valid
    crossed = crosses[direction]
    certificate = shown(bridge, crossed).certificate
    assert certificate in bridge.list_pool().certificates

    proposed = bridge.propose_end(crossed)
    assert proposed.state == pb.CROSS_CERTIFICATION_STATE_ISSUED
    assert proposed.revocation.proposed_by == "bridge-officer/bridge/officer-1"
    assert not proposed.revocation.HasField("revoked_at")
    assert bridge.validate(abroad.official).valid

    begun = datetime.now(UTC).replace(microsecond=0)
    ended = bridge.approve_end(crossed)
    assert ended.state == pb.CROSS_CERTIFICATION_STATE_REVOKED
    assert ended.revocation.approved_by == "bridge-officer/bridge/officer-2"
    moment = ended.revocation.revoked_at.ToDatetime(tzinfo=UTC)
    assert begun <= moment <= datetime.now(UTC)
    assert shown(bridge, crossed) == ended
    assert ended.certificate == certificate
    pool = bridge.list_pool()
    assert certificate not in pool.certificates
    # The list that says so is there when the call is answered.
    parsed = x509.load_der_x509_certificate(certificate)
    cessation = x509.ReasonFlags.cessation_of_operation
    assert revoked_in(list(pool.revocation_lists), parsed) == [cessation]
    answer = bridge.validate(abroad.official)
    if direction == FROM:
        assert "REVOKED" in reasons(answer)
        assert answer.refusals[0].subject == parsed.subject.rfc4514_string()
    else:
        # It leads back to the governor: no path to an official went through it.
        assert answer.valid


def test_a_foreign_partners_certificate_is_used_no_more(
    fresh_bridge: RunningBridge, abroad: Abroad
) -> None:
    bridge = fresh_bridge
    bridge.with_governor()
    bridge.register(abroad.partner_id, abroad.government.certificate)
    to_them = bridge.propose(abroad.partner_id, TO, **to(abroad.government))
    bridge.approve_twice(to_them)
    abroad.submit_all(bridge)
    assert bridge.validate(abroad.official).valid
    cause = revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE
    ended = bridge.end(to_them, cause)
    parsed = x509.load_der_x509_certificate(ended.certificate)
    lists = list(bridge.list_pool().revocation_lists)
    assert revoked_in(lists, parsed) == [x509.ReasonFlags.ca_compromise]
    answer = bridge.validate(abroad.official)
    assert reasons(answer) == ["REVOKED"]
    assert answer.refusals[0].subject == parsed.subject.rfc4514_string()
    assert list(answer.path)[2] == ended.certificate
    # Another one in its place, and there is a path again.
    bridge.approve_twice(bridge.propose(abroad.partner_id, TO, **to(abroad.government)))
    assert bridge.validate(abroad.official).valid


def test_who_proposed_does_not_approve_and_only_what_was_proposed(
    fresh_bridge: RunningBridge,
) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crossed = governors_cross(bridge, TO)
    assert refused(lambda: bridge.approve_end(crossed)) is Reason.WRONG_STATE
    bridge.propose_end(crossed)
    same = refused(lambda: bridge.approve_end(crossed, "officer-1"))
    assert same is Reason.ALREADY_APPROVED_BY_OFFICER
    assert refused(lambda: bridge.approve_end(crossed, cause=REPLACED)) is Reason.WRONG_STATE
    # A proposal that nobody has approved gives way to another.
    again = bridge.propose_end(crossed, "officer-2", REPLACED)
    assert again.revocation.proposed_by == "bridge-officer/bridge/officer-2"
    ended = bridge.approve_end(crossed, "officer-1", REPLACED)
    assert ended.revocation.cause == REPLACED
    assert refused(lambda: bridge.propose_end(crossed)) is Reason.ALREADY_REVOKED
    assert refused(lambda: bridge.approve_end(crossed)) is Reason.ALREADY_REVOKED


def test_what_was_not_issued_can_not_be_ended(fresh_bridge: RunningBridge) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    proposed = bridge.propose(TOYAMA, TO, policy_mappings=[PAIRS[TO]])
    assert refused(lambda: bridge.propose_end(proposed)) is Reason.WRONG_STATE
    nobodys = pb.CrossCertification(
        cross_certification_id="11111111-1111-4111-8111-111111111111", direction=TO
    )
    assert refused(lambda: bridge.propose_end(nobodys)) is Reason.CROSS_CERTIFICATE_NOT_FOUND


@pytest.mark.parametrize("direction", [FROM, TO])
def test_a_retry_gets_the_first_answer_and_ends_nothing_twice(
    fresh_bridge: RunningBridge, direction: pb.Direction.ValueType
) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crossed = governors_cross(bridge, direction)
    bridge.propose_end(crossed)
    officer, request = bridge.officer("officer-2"), bridge.approval_of_end(crossed)
    first = officer.ApproveCrossRevocation(request)
    assert officer.ApproveCrossRevocation(request) == first
    assert bridge.service is not None
    with bridge.service.bridge.database.reading() as tx:
        entries = [
            one
            for one in SqlJournal().read_all(tx, "bridge")
            if one.subject == crossed.cross_certification_id
        ]
    acts = [one.act for one in entries]
    told = ["cross.revocation_told"] if direction == FROM else []
    assert acts[-2 - len(told) :] == ["cross.revocation_proposed", "cross.revoked", *told]
    (ended,) = [one for one in entries if one.act == "cross.revoked"]
    assert ended.details["proposed_by"] == "bridge-officer/bridge/officer-1"
    assert ended.details["approved_by"] == "bridge-officer/bridge/officer-2"


def test_an_authority_that_is_away_is_told_later(
    fresh_bridge: RunningBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No path goes through it meanwhile."""
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crossed = governors_cross(bridge, FROM)
    certificate = shown(bridge, crossed).certificate
    bridge.propose_end(crossed)
    service, ca = bridge.service, bridge.ca
    assert service is not None
    assert ca is not None

    def away(**_: object) -> None:
        raise OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "away")

    reaching = service.bridge.ca.revoke_cross_certificate
    monkeypatch.setattr(service.bridge.ca, "revoke_cross_certificate", away)
    request = bridge.approval_of_end(crossed)
    officer = bridge.officer("officer-2")
    assert refused(lambda: officer.ApproveCrossRevocation(request)) is Reason.SERVICE_UNAVAILABLE
    assert shown(bridge, crossed).state == pb.CROSS_CERTIFICATION_STATE_REVOKED
    assert certificate not in bridge.list_pool().certificates
    monkeypatch.setattr(service.bridge.ca, "revoke_cross_certificate", reaching)
    service.jobs.wake("finish_revocations")
    parsed = x509.load_der_x509_certificate(certificate)
    wait_until(lambda: _listed_by_ca(bridge, parsed))
    answer = officer.ApproveCrossRevocation(request)
    assert answer.cross_certification.state == pb.CROSS_CERTIFICATION_STATE_REVOKED


def test_ca_ends_a_cross_certificate_for_the_bridge_alone(fresh_bridge: RunningBridge) -> None:
    bridge = fresh_bridge
    bridge.register(TOYAMA)
    crossed = governors_cross(bridge, FROM)
    bridge.end(crossed, REPLACED)
    assert bridge.ca is not None
    with bridge.ca.service.ca.database.reading() as tx:
        entry = [
            one for one in SqlJournal().read_all(tx, TOYAMA) if one.act == "certificate.revoked"
        ][-1]
    assert entry.details["cause"] == "REPLACED"
    assert entry.details["proposed_by"] == "bridge-officer/bridge/officer-1"
    assert entry.details["approved_by"] == "bridge-officer/bridge/officer-2"


def _listed_by_ca(bridge: RunningBridge, certificate: x509.Certificate) -> bool:
    assert bridge.ca is not None
    request = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="authority")
    der = b"".join(one.chunk for one in bridge.ca.lists().GetRevocationList(request))
    return bool(revoked_in([der], certificate))
