"""``openssl verify`` judges what the demo leaves in its bridge/ folder as our service does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from google.protobuf.timestamp_pb2 import Timestamp

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki_devkit.demo.bridge import write_results
from openjpki_devkit.demo.foreign_pki import PolicyPair
from tests.support.bridge_service import (
    GOVERNOR_POLICY,
    RunningBridge,
    mapping,
    running_bridge,
)
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.foreign_authorities import (
    BRIDGE_POLICY,
    GOVERNMENT_POLICY,
    MINISTRY_POLICY,
    OddAuthority,
    authority,
)
from tests.support.openssl import openssl
from tests.support.pki_linting import lint_certificate, lint_crl, unexplained

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Odd(TypedDict, total=False):
    """What may be odd about a cross certificate from abroad."""

    pair: PolicyPair
    constraints: str
    usage: str
    days: int


@dataclass
class Abroad:
    """A government bridge and a ministry."""

    partner_id: str
    government: OddAuthority
    ministry: OddAuthority

    @property
    def official(self) -> bytes:
        return self.ministry.der("x509", "official")

    def cross(self, **odd: Unpack[Odd]) -> bytes:
        asked = self.ministry.certification_request()
        return self.government.odd_cross(asked, "to-ministry", **odd)


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    """One governor, as in the demo."""
    folder = tmp_path_factory.mktemp("bridge")
    (folder / "ca").mkdir()
    with (
        running_ca(folder / "ca", f"sqlite:///{folder / 'ca.db'}") as ca,
        running_bridge(folder, f"sqlite:///{folder / 'bridge.db'}", ca) as running,
    ):
        running.with_governor()
        yield running


def nothing(_abroad: Abroad, _bridge: RunningBridge) -> None:
    pass


def official_revoked(abroad: Abroad, bridge: RunningBridge) -> None:
    abroad.ministry.revoke(abroad.ministry.folder / "official.pem")
    bridge.submit_list(abroad.partner_id, abroad.ministry.revocation_list())


def middle_revoked(abroad: Abroad, bridge: RunningBridge) -> None:
    abroad.government.revoke(abroad.government.folder / "to-ministry.pem")
    bridge.submit_list(abroad.partner_id, abroad.government.revocation_list())


def short_list(abroad: Abroad, bridge: RunningBridge) -> None:
    bridge.submit_list(abroad.partner_id, abroad.ministry.odd_list("-crlhours 1"))


@dataclass
class Case:
    """A change, when to judge, and openssl's word for what is wrong; empty: nothing is."""

    openssl: str
    odd: Odd
    after: Callable[[Abroad, RunningBridge], None] = nothing
    lists: tuple[str, ...] = ("government", "ministry")
    hours: int = 0


CASES = {
    "good": Case("", {}),
    "official revoked": Case("certificate revoked", {}, official_revoked),
    "middle revoked": Case("certificate revoked", {}, middle_revoked),
    "middle expired": Case("certificate has expired", {"days": 1}, hours=30),
    "middle lacks the policy": Case(
        "no explicit policy", {"pair": PolicyPair("1.3.6.1.4.1.32473.99.1", MINISTRY_POLICY)}
    ),
    "middle maps elsewhere": Case(
        "no explicit policy", {"pair": PolicyPair(GOVERNMENT_POLICY, "1.3.6.1.4.1.32473.99.2")}
    ),
    "pathLen on the last hop": Case("", {"constraints": "CA:TRUE, pathlen:0"}),
    "no list": Case("unable to get certificate CRL", {}, lists=("government",)),
    "list expired": Case("CRL has expired", {}, short_list, hours=2),
}


@pytest.mark.requirement("R4.5")
@pytest.mark.parametrize("name", CASES)
def test_openssl_and_the_service_agree(bridge: RunningBridge, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    number = [*CASES].index(name)
    abroad = Abroad(
        f"government-{number}",
        authority(tmp_path, f"Government{number}", GOVERNMENT_POLICY),
        authority(tmp_path, f"Ministry{number}", MINISTRY_POLICY),
    )
    abroad.ministry.certify_official("/C=JP/O=Example/CN=Official", "official")
    bridge.with_foreign(abroad.partner_id, abroad.government)
    bridge.submit(abroad.partner_id, abroad.cross(**case.odd))
    back = abroad.ministry.odd_cross(
        abroad.government.certification_request(),
        "back",
        PolicyPair(MINISTRY_POLICY, GOVERNMENT_POLICY),
    )
    bridge.submit(abroad.partner_id, back)
    for issuer in case.lists:
        bridge.submit_list(abroad.partner_id, getattr(abroad, issuer).revocation_list())
    case.after(abroad, bridge)

    at = datetime.now(UTC) + timedelta(hours=case.hours)
    moment = Timestamp()
    moment.FromDatetime(at)
    answer = bridge.validate(abroad.official, at=moment)
    assert answer.valid is (case.openssl == "")
    folder = tmp_path / "bridge"
    write_results(folder, abroad.official, answer, bridge.list_pool())
    assert_openssl(folder, at, case.openssl)


def assert_openssl(
    folder: Path, at: datetime, wrong: str, *, untrusted: bytes | None = None
) -> None:
    """What any user does with the folder: everything in it, one command.

    ``untrusted``: certificates, PEM, in place of those in the folder.
    """
    pool = sorted((folder / "pool").iterdir())
    everything = b"".join(file.read_bytes() for file in pool)
    (folder / "pool.pem").write_bytes(everything if untrusted is None else untrusted)
    crls = [x509.load_der_x509_crl(f.read_bytes()) for f in (folder / "crls").iterdir()]
    (folder / "crls.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in crls))
    done = openssl(
        folder,
        "verify -no-CApath -no-CAstore -x509_strict -policy_check -explicit_policy"
        f" -policy {GOVERNOR_POLICY} -crl_check_all -attime {int(at.timestamp())}"
        " -CAfile anchor.pem -untrusted pool.pem -CRLfile crls.pem official.pem",
    )
    if wrong:
        assert done.returncode != 0
        assert wrong in done.stdout + done.stderr
    else:
        assert "official.pem: OK" in done.stdout, done.stderr


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize("which", ["governor's", "service bridge's"])
def test_openssl_refuses_a_chain_through_a_cross_certificate_that_is_on_the_list(
    bridge: RunningBridge, tmp_path: Path, which: str
) -> None:
    """With the lists of the pool as they are when the officers' call has been answered."""
    abroad = Abroad(
        f"ended-{which[0]}",
        authority(tmp_path, f"Ended{which[0]}", GOVERNMENT_POLICY),
        authority(tmp_path, f"EndedMinistry{which[0]}", MINISTRY_POLICY),
    )
    abroad.ministry.certify_official("/C=JP/O=Example/CN=Official", "official")
    bridge.with_foreign(abroad.partner_id, abroad.government)
    bridge.submit(abroad.partner_id, abroad.cross())
    for issuer in (abroad.government, abroad.ministry):
        bridge.submit_list(abroad.partner_id, issuer.revocation_list())
    chain = bridge.validate(abroad.official)
    assert chain.valid
    _, from_governor, to_government, *_ = chain.path
    folder = tmp_path / "bridge"
    ended = from_governor if which == "governor's" else to_government
    write_results(folder, abroad.official, chain, bridge.list_pool())
    untrusted = [x509.load_der_x509_certificate(der) for der in chain.path[1:-1]]
    pem = b"".join(one.public_bytes(Encoding.PEM) for one in untrusted)
    assert_openssl(folder, datetime.now(UTC), "", untrusted=pem)

    partner = TOYAMA if which == "governor's" else abroad.partner_id
    bridge.end(
        pb.CrossCertification(partner_id=partner, cross_certification_id=bridge.id_of(ended))
    )
    assert not bridge.validate(abroad.official).valid
    write_results(tmp_path / "after", abroad.official, chain, bridge.list_pool())
    assert_openssl(tmp_path / "after", datetime.now(UTC), "certificate revoked", untrusted=pem)
    if which == "governor's":
        # For the tests after this one.
        there = mapping(GOVERNOR_POLICY, BRIDGE_POLICY)
        again = bridge.propose(TOYAMA, pb.DIRECTION_FROM_PARTNER, policy_mappings=[there])
        bridge.approve_twice(again)


@pytest.mark.requirement("R4.4")
def test_pkilint_finds_nothing_unexplained(bridge: RunningBridge) -> None:
    """In what the service bridge signed: its own certificate, cross certificates, its list."""
    pool = bridge.list_pool()

    def ours(name: x509.Name) -> bool:
        return "Service Bridge" in name.rfc4514_string()

    certificates = [
        der for der in pool.certificates if ours(x509.load_der_x509_certificate(der).issuer)
    ]
    lists = [der for der in pool.revocation_lists if ours(x509.load_der_x509_crl(der).issuer)]
    assert len(certificates) >= 2
    assert len(lists) == 1
    for der in certificates:
        assert unexplained(lint_certificate(der)) == []
    for der in lists:
        assert unexplained(lint_crl(der)) == []
