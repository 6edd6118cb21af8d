"""NIST PKITS, case by case and with all of its certificates and lists in one pool.

Every case requires revocation to be checked on the whole path; those that the fixture would judge
without it (``"revocation": false``) hold with it too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

import cryptography_vectors
import pytest

from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.pool import CertificatePool
from openjpki.pki_path.revocation import CrlPool
from openjpki.pki_path.validate import validate_certificate
from openjpki.pki_path.verdict import RefusalReason

if TYPE_CHECKING:
    from collections.abc import Iterator

# Some of the suite has serials that are not positive, on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

SUITE = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
EXPECTED = Path(__file__).parent / "data" / "pkits"
AT = datetime(2022, 5, 1, tzinfo=UTC)

# The suite signs some DSA certificates with SHA-1 and 1024 bits, and has lists of separate signers.
LENIENT = PathPolicy(delegated_crls=True, weak_hashes=frozenset({"md2", "md5"}), min_dsa_bits=1024)

REASONS = {
    "RevokedError": {RefusalReason.REVOKED},
    # Its subclass StaleRevinfoError is the better answer where a list is there but too old.
    "InsufficientRevinfoError": {RefusalReason.NO_CRL, RefusalReason.CRL_EXPIRED},
    "StaleRevinfoError": {RefusalReason.CRL_EXPIRED},
    "PathValidationError": set(RefusalReason)
    - {RefusalReason.REVOKED, RefusalReason.MALFORMED, RefusalReason.SEARCH_LIMIT},
}


class Params(TypedDict, total=False):
    user_initial_policy_set: list[str]
    initial_explicit_policy: bool
    initial_policy_mapping_inhibit: bool
    initial_any_policy_inhibit: bool


Error = TypedDict("Error", {"class": str, "msg_regex": str})


class Case(TypedDict):
    """One case of the fixture."""

    id: str
    name: str
    cert: str
    other_certs: NotRequired[list[str]]
    crls: NotRequired[list[str]]
    path_len: NotRequired[int]
    params: NotRequired[Params]
    error: NotRequired[Error]


def read(name: str) -> list[Case]:
    found: list[Case] = json.loads((EXPECTED / name).read_text())
    return found


def distinct() -> list[Case]:
    """The fixture repeats some of its cases."""
    return list({json.dumps(case, sort_keys=True): case for case in read("pkits.json")}.values())


def cases() -> Iterator[pytest.ParameterSet]:
    for case in distinct():
        yield pytest.param(case, id=f"{case['id']}-{case['name']}")


def notices() -> Iterator[pytest.ParameterSet]:
    for number, case in enumerate(read("pkits-user-notice.json")):
        yield pytest.param(case, id=f"{case['id']}-{number}")


def certificate(name: str) -> bytes:
    return (SUITE / "certs" / name).read_bytes()


def crl(name: str) -> bytes:
    return (SUITE / "crls" / name).read_bytes()


def policy_of(case: Case) -> PathPolicy:
    stated: Params = case.get("params", {})
    return replace(
        LENIENT,
        initial_policies=frozenset(stated.get("user_initial_policy_set", ())),
        explicit_policy=stated.get("initial_explicit_policy", False),
        inhibit_policy_mapping=stated.get("initial_policy_mapping_inhibit", False),
        inhibit_any_policy=stated.get("initial_any_policy_inhibit", False),
    )


@pytest.fixture(scope="module")
def whole_suite() -> tuple[CertificatePool, CrlPool]:
    pool = CertificatePool(path.read_bytes() for path in sorted((SUITE / "certs").iterdir()))
    crls = CrlPool(path.read_bytes() for path in sorted((SUITE / "crls").iterdir()))
    assert pool.unreadable == crls.unreadable == 0
    return pool, crls


def judge(case: Case, pool: CertificatePool, crls: CrlPool) -> None:
    verdict = validate_certificate(
        anchor=certificate("TrustAnchorRootCertificate.crt"),
        target=certificate(case["cert"]),
        pool=pool,
        crls=crls,
        at=AT,
        policy=policy_of(case),
    )
    if "error" not in case:
        assert verdict.valid, verdict.refusals
        assert len(verdict.path) == case["path_len"]
        return
    assert not verdict.valid
    assert verdict.refusals[0].reason in REASONS[case["error"]["class"]]


def test_the_suite_is_complete() -> None:
    wanted = distinct()
    assert len(wanted) == 246
    assert sum("error" not in case for case in wanted) == 110


@pytest.mark.parametrize("case", list(cases()))
def test_case_by_case(case: Case) -> None:
    pool = CertificatePool(certificate(name) for name in case.get("other_certs", ()))
    lists = {"TrustAnchorRootCRL.crl", *case.get("crls", ())}
    judge(case, pool, CrlPool(crl(name) for name in sorted(lists)))


@pytest.mark.parametrize("case", list(cases()))
def test_with_the_whole_suite_as_pool(
    case: Case, whole_suite: tuple[CertificatePool, CrlPool]
) -> None:
    judge(case, *whole_suite)


@pytest.mark.parametrize("case", list(notices()))
def test_qualifiers_do_not_disturb(
    case: Case, whole_suite: tuple[CertificatePool, CrlPool]
) -> None:
    verdict = validate_certificate(
        anchor=certificate("TrustAnchorRootCertificate.crt"),
        target=certificate(case["cert"]),
        pool=whole_suite[0],
        crls=whole_suite[1],
        at=AT,
        policy=policy_of(case),
    )
    assert verdict.valid, verdict.refusals
