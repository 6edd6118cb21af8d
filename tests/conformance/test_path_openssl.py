"""``openssl verify`` and our validator judge the same paths, and agree."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.catalogue.path_reason import PathReason
from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.profiles.cross_profile import NameSpace
from tests.support.path_pool import pool_of
from tests.support.topology import NOW, Builder, Plan, Topology

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.pki_path.verdict import PathVerdict

GOVERNOR = "1.3.6.1.4.1.32473.8.1.1"
SERVICE = "1.3.6.1.4.1.32473.8.2.1"
UNRELATED = "1.3.6.1.4.1.32473.9"


Change: TypeAlias = Callable[[Plan], None]


class Build(Protocol):
    """Builds the topology, with a change of the plan where one is given."""

    def __call__(self, change: Change | None = None) -> Topology: ...


def certificates(ders: Iterable[bytes]) -> bytes:
    return b"".join(
        x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM) for der in ders
    )


def lists(ders: Iterable[bytes]) -> bytes:
    return b"".join(
        x509.load_der_x509_crl(der).public_bytes(serialization.Encoding.PEM) for der in ders
    )


def openssl_verify(
    program: str, topology: Topology, directory: Path, *, policy: str = GOVERNOR, at: datetime = NOW
) -> str | None:
    """What openssl objects to; nothing where it says OK."""
    files = {
        "anchor": certificates([topology.anchor]),
        "pool": certificates(topology.forward),
        "crls": lists(topology.crls),
        "official": certificates([topology.official]),
    }
    for name, content in files.items():
        (directory / f"{name}.pem").write_bytes(content)
    done = subprocess.run(
        [
            program, "verify", "-no-CAfile", "-no-CApath", "-no-CAstore",
            "-x509_strict", "-crl_check_all",
            "-policy_check", "-explicit_policy", "-policy", policy,
            "-attime", str(int(at.timestamp())),
            "-trusted", "anchor.pem", "-untrusted", "pool.pem", "-CRLfile", "crls.pem",
            "official.pem",
        ],
        cwd=directory, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    if done.returncode == 0:
        assert "official.pem: OK" in done.stdout
        return None
    return done.stdout + done.stderr


def ours(
    topology: Topology,
    *,
    policy: str = GOVERNOR,
    at: datetime = NOW,
    crowded: bool = True,
    delegated_lists: bool = False,
) -> PathVerdict:
    return validate_certificate(
        anchors=[read_certificate(topology.anchor)],
        target=topology.official,
        pool=pool_of([*topology.forward, *(topology.beside if crowded else ()), *topology.crls]),
        at=at,
        policy=PathPolicy(initial_policies=frozenset({policy}), delegated_lists=delegated_lists),
    )


@dataclass
class Case:
    """A change to the plan, and what each judge says of it."""

    change: Change
    reason: PathReason
    place: int
    openssl: str


def hop(place: int, **changes: object) -> Change:
    def change(plan: Plan) -> None:
        for name, value in changes.items():
            setattr(plan.hops[place], name, value)

    return change


def plan_with(**changes: object) -> Change:
    def change(plan: Plan) -> None:
        for name, value in changes.items():
            setattr(plan, name, value)

    return change


CASES = {
    "middle revoked": Case(
        plan_with(revoked={"service bridge": (1 << 64) + 2001}),
        PathReason.REVOKED, 2, "certificate revoked",
    ),
    "official revoked": Case(
        plan_with(revoked={"ministry": 4242}), PathReason.REVOKED, 4, "certificate revoked"
    ),
    "middle expired": Case(
        hop(1, not_after=NOW - timedelta(days=1)),
        PathReason.EXPIRED, 2, "certificate has expired",
    ),
    "middle not yet valid": Case(
        hop(2, not_before=NOW + timedelta(days=1)),
        PathReason.NOT_YET_VALID, 3, "certificate is not yet valid",
    ),
    "official expired": Case(
        plan_with(official_not_after=NOW - timedelta(seconds=1)),
        PathReason.EXPIRED, 4, "certificate has expired",
    ),
    "middle lacks the policy": Case(
        hop(1, policies=(UNRELATED,), mappings=()),
        PathReason.POLICY_REQUIRED, 2, "no explicit policy",
    ),
    "mapping missing": Case(
        hop(1, mappings=()), PathReason.POLICY_REQUIRED, 3, "no explicit policy"
    ),
    "official lacks the policy": Case(
        plan_with(official_policies=(UNRELATED,)),
        PathReason.POLICY_REQUIRED, 4, "no explicit policy",
    ),
    "official has no policy": Case(
        plan_with(official_policies=()), PathReason.POLICY_REQUIRED, 4, "no explicit policy"
    ),
    "pathLen broken": Case(
        hop(1, path_length=0), PathReason.PATH_TOO_LONG, 3, "path length constraint exceeded"
    ),
    "name outside the permitted space": Case(
        hop(
            2,
            names=NameSpace(
                permitted=(
                    x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Other")]),
                )
            ),
        ),
        PathReason.NAME_NOT_PERMITTED, 4, "permitted subtree violation",
    ),
    "no list of the middle's issuer": Case(
        plan_with(without_crl={"service bridge"}),
        PathReason.REVOCATION_UNKNOWN, 2, "unable to get certificate CRL",
    ),
    "no list of the ministry": Case(
        plan_with(without_crl={"ministry"}),
        PathReason.REVOCATION_UNKNOWN, 4, "unable to get certificate CRL",
    ),
    "list out of date": Case(
        plan_with(stale_crl={"government bridge"}),
        PathReason.REVOCATION_UNKNOWN, 3, "CRL has expired",
    ),
    "list signed by another generation": Case(
        plan_with(crl_signer={"service bridge": "service bridge, next generation"}),
        PathReason.REVOCATION_UNKNOWN, 2, "unable to get certificate CRL",
    ),
    "middle signed by another generation": Case(
        hop(2, signer="government bridge, next generation"),
        PathReason.SIGNATURE_INVALID, 3, "unable to get local issuer certificate",
    ),
}  # fmt: skip


@pytest.fixture
def build(national: Builder) -> Build:
    def build(change: Change | None = None) -> Topology:
        plan = Plan()
        if change is not None:
            change(plan)
        return national.build(plan)

    return build


def test_good_path(build: Build, openssl_program: str, tmp_path: Path) -> None:
    topology = build()
    assert openssl_verify(openssl_program, topology, tmp_path) is None
    verdict = ours(topology)
    assert verdict.valid, verdict.refusal
    assert list(verdict.path) == [topology.anchor, *topology.forward, topology.official]
    assert verdict.user_policies == (GOVERNOR,)


@pytest.mark.parametrize("title", CASES)
@pytest.mark.parametrize("crowded", [False, True], ids=["bare pool", "crowded pool"])
def test_broken_path(
    build: Build, openssl_program: str, tmp_path: Path, title: str, crowded: bool
) -> None:
    case = CASES[title]
    topology = build(case.change)
    said = openssl_verify(openssl_program, topology, tmp_path)
    assert said is not None
    assert case.openssl in said
    verdict = ours(topology, crowded=crowded)
    assert verdict.refusal is not None
    assert verdict.refusal.reason is case.reason
    assert verdict.refusal.place == case.place


def test_path_through_a_link_certificate(
    national: Builder, openssl_program: str, tmp_path: Path
) -> None:
    topology = national.rolled_over()
    assert openssl_verify(openssl_program, topology, tmp_path) is None
    verdict = ours(topology)
    assert verdict.valid, verdict.refusal
    assert list(verdict.path) == [topology.anchor, *topology.forward, topology.official]
    assert verdict.user_policies == (GOVERNOR,)


def test_list_of_the_new_generation_for_the_old_ones_certificates(
    national: Builder, openssl_program: str, tmp_path: Path
) -> None:
    # RFC 5280 allows it and openssl takes it; by default we ask the generation that issued.
    topology = national.rolled_over(lists_of_both=False)
    assert openssl_verify(openssl_program, topology, tmp_path) is None
    assert ours(topology, delegated_lists=True).valid
    refusal = ours(topology).refusal
    assert refusal is not None
    assert (refusal.reason, refusal.place) == (PathReason.REVOCATION_UNKNOWN, 2)


def test_another_policy_is_asked_for(build: Build, openssl_program: str, tmp_path: Path) -> None:
    topology = build()
    said = openssl_verify(openssl_program, topology, tmp_path, policy=SERVICE)
    assert said is not None
    assert "no explicit policy" in said
    refusal = ours(topology, policy=SERVICE).refusal
    assert refusal is not None
    assert refusal.reason is PathReason.POLICY_REQUIRED


@pytest.mark.parametrize(
    ("at", "valid"),
    [
        (NOW, True),
        (NOW - timedelta(hours=3), True),
        (NOW - timedelta(hours=4), False),
        (NOW + timedelta(hours=46), False),
        (datetime(2040, 1, 1, tzinfo=UTC), False),
    ],
    ids=["now", "as the lists appear", "before the lists", "after the lists", "long after"],
)
def test_moment(
    build: Build, openssl_program: str, tmp_path: Path, at: datetime, valid: bool
) -> None:
    topology = build()
    assert (openssl_verify(openssl_program, topology, tmp_path, at=at) is None) is valid
    assert ours(topology, at=at).valid is valid


def test_revocation_tells_when_and_why(build: Build) -> None:
    topology = build(plan_with(revoked={"service bridge": (1 << 64) + 2001}))
    refusal = ours(topology).refusal
    assert refusal is not None
    assert refusal.revoked_at == NOW - timedelta(days=2)
    assert refusal.revocation_reason == "cACompromise"
    assert "Government Bridge" in refusal.subject
