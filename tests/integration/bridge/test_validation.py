"""Officials' certificates validated from a governor's key on, and refused with the reason."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.support.bridge_service import GOVERNOR_POLICY
from tests.support.ca_service import KAGAWA, TOYAMA
from tests.support.foreign_authorities import MINISTRY_POLICY, authority

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge


def later(**delta: int) -> Timestamp:
    moment = Timestamp()
    moment.FromDatetime(datetime.now(UTC) + timedelta(**delta))
    return moment


def reasons(answer: pb.ValidateResponse) -> list[str]:
    assert not answer.valid
    assert not answer.policies
    assert all(one.text for one in answer.refusals)
    names = (pb.RefusalReason.Name(one.reason) for one in answer.refusals)
    return [name.removeprefix("REFUSAL_REASON_") for name in names]


@pytest.mark.requirement("R4.4", "R4.5")
def test_whole_journey(fresh_bridge: RunningBridge, abroad: Abroad) -> None:
    fresh_bridge.with_governor()
    fresh_bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(fresh_bridge)
    begun = datetime.now(UTC).replace(microsecond=0)
    answer = fresh_bridge.validate(abroad.official)
    assert answer.valid
    assert list(answer.policies) == [GOVERNOR_POLICY]
    assert not answer.refusals
    assert begun <= answer.checked_at.ToDatetime(tzinfo=UTC) <= datetime.now(UTC)
    path = [x509.load_der_x509_certificate(der) for der in answer.path]
    assert len(path) == 5
    assert answer.path[-1] == abroad.official
    for issuer, subject in itertools.pairwise(path):
        subject.verify_directly_issued_by(issuer)

    abroad.ministry.revoke(abroad.official_pem)
    fresh_bridge.submit_list(abroad.partner_id, abroad.ministry.revocation_list())
    refused = fresh_bridge.validate(abroad.official)
    assert reasons(refused) == ["REVOKED"]
    (refusal,) = refused.refusals
    assert refusal.subject == path[-1].subject.rfc4514_string()
    assert refusal.text.startswith(refusal.subject)
    assert "keyCompromise" in refusal.text
    assert list(refused.path) == list(answer.path)


@pytest.mark.requirement("R4.5")
def test_each_governor_is_an_anchor_of_its_own(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    anchors = set()
    for number in (TOYAMA, KAGAWA):
        answer = bridge.validate(abroad.official, authority_id=number)
        assert answer.valid
        anchors.add(answer.path[0])
    assert len(anchors) == 2


def test_no_path_before_certificates_were_exchanged(bridge: RunningBridge, abroad: Abroad) -> None:
    assert reasons(bridge.validate(abroad.official)) == ["NO_PATH"]


@pytest.mark.requirement("R4.5")
def test_middle_certificate_revoked(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    assert bridge.validate(abroad.official).valid
    abroad.government.revoke(abroad.government.folder / "to-ministry.pem")
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())
    answer = bridge.validate(abroad.official)
    assert reasons(answer) == ["REVOKED"]
    assert "Ministry" in answer.refusals[0].subject


@pytest.mark.requirement("R4.5")
def test_middle_certificate_expired(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    short = abroad.government.odd_cross(abroad.ministry.certification_request(), "short", days=1)
    abroad.submit_all(bridge, short)
    assert bridge.validate(abroad.official).valid
    answer = bridge.validate(abroad.official, at=later(hours=30))
    assert reasons(answer) == ["EXPIRED"]
    assert "Ministry" in answer.refusals[0].subject


@pytest.mark.requirement("R4.5")
def test_middle_certificate_lacks_the_policy(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    other = PolicyPair("1.3.6.1.4.1.32473.99.1", MINISTRY_POLICY)
    abroad.submit_all(
        bridge, abroad.government.odd_cross(abroad.ministry.certification_request(), "odd", other)
    )
    assert reasons(bridge.validate(abroad.official)) == ["POLICY"]


@pytest.mark.requirement("R4.5")
def test_policy_the_user_does_not_accept(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    other = ["1.3.6.1.4.1.32473.99.2"]
    assert reasons(bridge.validate(abroad.official, acceptable_policies=other)) == ["POLICY"]
    both = [*other, GOVERNOR_POLICY]
    answer = bridge.validate(abroad.official, acceptable_policies=both)
    assert list(answer.policies) == [GOVERNOR_POLICY]
    assert bridge.validate(abroad.official, acceptable_policies=["2.5.29.32.0"]).valid


@pytest.mark.requirement("R4.5")
def test_middle_certificate_breaks_path_length(
    bridge: RunningBridge, abroad: Abroad, tmp_path: Path
) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    agency = authority(tmp_path, f"Agency of {abroad.partner_id}", MINISTRY_POLICY)
    last_hop = abroad.government.odd_cross(
        abroad.ministry.certification_request(), "last-hop", constraints="CA:TRUE, pathlen:0"
    )
    abroad.submit_all(bridge, last_hop)
    assert bridge.validate(abroad.official).valid
    same = PolicyPair(MINISTRY_POLICY, "1.3.6.1.4.1.32473.9.3.1")
    beyond = abroad.ministry.odd_cross(agency.certification_request(), "to-agency", same)
    bridge.submit(abroad.partner_id, beyond)
    bridge.submit_list(abroad.partner_id, agency.revocation_list())
    pem, _ = agency.certify_official("/C=JP/O=Example/CN=Clerk", "clerk")
    der = agency.der("x509", pem.stem)
    assert reasons(bridge.validate(der)) == ["PATH_LENGTH"]


@pytest.mark.requirement("R4.5")
def test_no_list_of_an_authority_on_the_path(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    bridge.submit(
        abroad.partner_id,
        abroad.government.odd_cross(abroad.ministry.certification_request(), "to-ministry"),
    )
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())
    answer = bridge.validate(abroad.official)
    assert reasons(answer) == ["REVOCATION_UNKNOWN"]
    assert "no list covers it" in answer.refusals[0].rule
    bridge.submit_list(abroad.partner_id, abroad.ministry.revocation_list())
    assert bridge.validate(abroad.official).valid


@pytest.mark.requirement("R4.5")
def test_expired_list_of_an_authority_on_the_path(bridge: RunningBridge, abroad: Abroad) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    bridge.submit_list(abroad.partner_id, abroad.ministry.odd_list("-crlhours 1"))
    assert bridge.validate(abroad.official).valid
    answer = bridge.validate(abroad.official, at=later(hours=2))
    assert reasons(answer) == ["REVOCATION_UNKNOWN"]
    assert "another time" in answer.refusals[0].rule


def test_official_who_is_certified_by_nobody_known(
    bridge: RunningBridge, abroad: Abroad, tmp_path: Path
) -> None:
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    impostor = authority(tmp_path / "impostor", abroad.ministry.folder.name, MINISTRY_POLICY)
    pem, _ = impostor.certify_official("/C=JP/O=Example/CN=Impostor", "impostor")
    answer = bridge.validate(impostor.der("x509", pem.stem))
    assert reasons(answer)[0] in {"NO_PATH", "SIGNATURE"}


def test_leaf_that_poses_as_an_authority(bridge: RunningBridge, abroad: Abroad) -> None:
    """An official signs a certificate: nobody said that they may."""
    bridge.with_foreign(abroad.partner_id, abroad.government)
    abroad.submit_all(bridge)
    ministry = abroad.ministry
    ministry.run(
        "req -new -newkey rsa:2048 -noenc -sha256 -subj /C=JP/CN=Victim -config openssl.cnf"
        " -keyout victim.key.pem -outform DER -out victim.der"
    )
    (ministry.folder / "victim.ext").write_text(
        f"certificatePolicies = critical, {MINISTRY_POLICY}\nauthorityKeyIdentifier = keyid\n"
    )
    ministry.run(
        "x509 -req -inform DER -in victim.der -sha256 -days 30 -CA official.pem"
        " -CAkey official.key.pem -extfile victim.ext -out victim.pem"
    )
    answer = bridge.validate(ministry.der("x509", "victim"))
    # The official is no authority, so it never gets into the pool.
    assert reasons(answer) == ["NO_PATH"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _der: b"\x30\x03\x02\x01", Reason.MALFORMED_DER),
        (lambda _der: b"garbage", Reason.MALFORMED_DER),
        (lambda der: der + b"\x00", Reason.TRAILING_BYTES),
        (lambda der: der[:-1], Reason.MALFORMED_DER),
    ],
)
def test_what_is_no_certificate(
    bridge: RunningBridge, abroad: Abroad, spoil: Callable[[bytes], bytes], reason: Reason
) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.validate(spoil(abroad.official))
    assert refusal.value.reason is reason
    assert refusal.value.field == "certificate"


def test_unknown_authority(bridge: RunningBridge, abroad: Abroad) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.validate(abroad.official, authority_id="signing-01")
    assert refusal.value.reason is Reason.AUTHORITY_NOT_FOUND


def test_acceptable_policy_that_is_no_oid(bridge: RunningBridge, abroad: Abroad) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        bridge.validate(abroad.official, acceptable_policies=["policy"])
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == "acceptable_policies"
