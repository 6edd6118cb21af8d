"""NIST PKITS, case by case and with all of its certificates and lists in one pool.

Every case requires revocation to be checked on the whole path; those that the fixture would judge
without it (``"revocation": false``) hold with it too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from openjpki.catalogue.path_reason import PathReason
from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.validate import validate_certificate
from openjpki.signer_core import PathValidator
from openjpki.x509.foreign.reading import read_certificate
from tests.support import pkits
from tests.support.path_pool import pool_of
from tests.support.pkits import AT, SUITE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.pki_path.verdict import PathVerdict
    from openjpki.signer_core import PathPool
    from tests.support.pkits import Case, Params

# Some of the suite has serials that are not positive, on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

# The suite has lists of separate signers.
POLICY = PathPolicy(delegated_lists=True)
VALIDATOR = PathValidator()
# Nothing is signed with DSA here, which the suite asks of whoever implements it.
DSA = {"ValidDSASignaturesTest4EE.crt", "ValidDSAParameterInheritanceTest5EE.crt"}
# Its serial number is no positive one (RFC 5280 4.1.2.2): refused before any list is looked at.
NEGATIVE = "InvalidNegativeSerialNumberTest15EE.crt"

REASONS = {
    "RevokedError": {PathReason.REVOKED},
    "InsufficientRevinfoError": {PathReason.REVOCATION_UNKNOWN},
    "StaleRevinfoError": {PathReason.REVOCATION_UNKNOWN},
    "PathValidationError": set(PathReason)
    - {PathReason.REVOKED, PathReason.UNREADABLE, PathReason.LIMIT_REACHED},
}


def cases() -> Iterator[pytest.ParameterSet]:
    for case in pkits.cases():
        yield pytest.param(case, id=pkits.name_of(case))


def notices() -> Iterator[pytest.ParameterSet]:
    for number, case in enumerate(pkits.notices()):
        yield pytest.param(case, id=f"{case['id']}-{number}")


def certificate(name: str) -> bytes:
    return (SUITE / "certs" / name).read_bytes()


def crl(name: str) -> bytes:
    return (SUITE / "crls" / name).read_bytes()


def policy_of(case: Case) -> PathPolicy:
    stated: Params = case.get("params", {})
    return replace(
        POLICY,
        initial_policies=frozenset(stated.get("user_initial_policy_set", ())),
        explicit_policy=stated.get("initial_explicit_policy", False),
        inhibit_policy_mapping=stated.get("initial_policy_mapping_inhibit", False),
        inhibit_any_policy=stated.get("initial_any_policy_inhibit", False),
    )


@pytest.fixture(scope="module")
def whole_suite() -> PathPool:
    files = [*sorted((SUITE / "certs").iterdir()), *sorted((SUITE / "crls").iterdir())]
    pool = pool_of(path.read_bytes() for path in files)
    # The two lists with critical extensions that nobody knows stand in it too: as ones in doubt.
    assert pool.left_out == 0
    return pool


def judge(case: Case, pool: PathPool) -> None:
    verdict = validate(case, pool)
    if case["cert"] in DSA:
        assert verdict.refusal is not None
        assert verdict.refusal.reason in {PathReason.KEY_REFUSED, PathReason.ALGORITHM_REFUSED}
        return
    if "error" not in case:
        assert verdict.valid, verdict.refusal
        assert len(verdict.path) == case["path_len"]
        return
    assert verdict.refusal is not None
    if case["cert"] == NEGATIVE:
        assert verdict.refusal.reason is PathReason.MALFORMED
        return
    assert verdict.refusal.reason in REASONS[case["error"]["class"]]


def validate(case: Case, pool: PathPool) -> PathVerdict:
    return validate_certificate(
        anchors=[read_certificate(certificate("TrustAnchorRootCertificate.crt"))],
        target=certificate(case["cert"]),
        pool=pool,
        at=AT,
        policy=policy_of(case),
        validator=VALIDATOR,
    )


def test_the_suite_is_complete() -> None:
    wanted = pkits.cases()
    assert len(wanted) == 246
    assert sum("error" not in case for case in wanted) == 110


@pytest.mark.parametrize("case", list(cases()))
def test_case_by_case(case: Case) -> None:
    lists = {"TrustAnchorRootCRL.crl", *case.get("crls", ())}
    judge(
        case,
        pool_of(
            [
                *(certificate(name) for name in case.get("other_certs", ())),
                *(crl(name) for name in sorted(lists)),
            ]
        ),
    )


@pytest.mark.parametrize("case", list(cases()))
def test_with_the_whole_suite_as_pool(case: Case, whole_suite: PathPool) -> None:
    judge(case, whole_suite)


@pytest.mark.parametrize("case", list(notices()))
def test_qualifiers_do_not_disturb(case: Case, whole_suite: PathPool) -> None:
    verdict = validate(case, whole_suite)
    assert verdict.valid, verdict.refusal
