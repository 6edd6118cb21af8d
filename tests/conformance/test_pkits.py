"""NIST PKITS, case by case and with all of its certificates and lists in one pool.

Every case requires revocation to be checked on the whole path; those that the fixture would judge
without it (``"revocation": false``) hold with it too.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import cryptography_vectors
import pytest

from openjpki.pki_path.policy import PathPolicy
from openjpki.pki_path.pool import CertificatePool
from openjpki.pki_path.revocation import CrlPool
from openjpki.pki_path.validate import validate_certificate
from openjpki.pki_path.verdict import RefusalReason

# Some of the suite has serials that are not positive, on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

SUITE = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
EXPECTED = Path(__file__).parent / "data" / "pkits"
AT = datetime(2022, 5, 1, tzinfo=UTC)

# The suite signs some DSA certificates with SHA-1 and 1024 bits, and has lists of separate signers.
LENIENT = {
    "delegated_crls": True,
    "weak_hashes": frozenset({"md2", "md5"}),
    "min_dsa_bits": 1024,
}

REASONS = {
    "RevokedError": {RefusalReason.REVOKED},
    # Its subclass StaleRevinfoError is the better answer where a list is there but too old.
    "InsufficientRevinfoError": {RefusalReason.NO_CRL, RefusalReason.CRL_EXPIRED},
    "StaleRevinfoError": {RefusalReason.CRL_EXPIRED},
    "PathValidationError": set(RefusalReason)
    - {RefusalReason.REVOKED, RefusalReason.MALFORMED, RefusalReason.SEARCH_LIMIT},
}


def cases():
    seen = set()
    for case in json.loads((EXPECTED / "pkits.json").read_text()):
        key = json.dumps(case, sort_keys=True)
        if key not in seen:
            seen.add(key)
            yield pytest.param(case, id=f"{case['id']}-{case['name']}")


def notices():
    for number, case in enumerate(json.loads((EXPECTED / "pkits-user-notice.json").read_text())):
        yield pytest.param(case, id=f"{case['id']}-{number}")


def certificate(name):
    return (SUITE / "certs" / name).read_bytes()


def crl(name):
    return (SUITE / "crls" / name).read_bytes()


def policy_of(case):
    stated = case.get("params", {})
    return PathPolicy(
        initial_policies=frozenset(stated.get("user_initial_policy_set", ())),
        explicit_policy=stated.get("initial_explicit_policy", False),
        inhibit_policy_mapping=stated.get("initial_policy_mapping_inhibit", False),
        inhibit_any_policy=stated.get("initial_any_policy_inhibit", False),
        **LENIENT,
    )


@pytest.fixture(scope="module")
def whole_suite():
    pool = CertificatePool(path.read_bytes() for path in sorted((SUITE / "certs").iterdir()))
    crls = CrlPool(path.read_bytes() for path in sorted((SUITE / "crls").iterdir()))
    assert pool.unreadable == crls.unreadable == 0
    return pool, crls


def judge(case, pool, crls):
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


def test_the_suite_is_complete():
    wanted = list(cases())
    assert len(wanted) == 246
    assert sum("error" not in case.values[0] for case in wanted) == 110


@pytest.mark.parametrize("case", list(cases()))
def test_case_by_case(case):
    pool = CertificatePool(certificate(name) for name in case.get("other_certs", ()))
    lists = {"TrustAnchorRootCRL.crl", *case.get("crls", ())}
    judge(case, pool, CrlPool(crl(name) for name in sorted(lists)))


@pytest.mark.parametrize("case", list(cases()))
def test_with_the_whole_suite_as_pool(case, whole_suite):
    judge(case, *whole_suite)


@pytest.mark.parametrize("case", list(notices()))
def test_qualifiers_do_not_disturb(case, whole_suite):
    verdict = validate_certificate(
        anchor=certificate("TrustAnchorRootCertificate.crt"),
        target=certificate(case["cert"]),
        pool=whole_suite[0],
        crls=whole_suite[1],
        at=AT,
        policy=policy_of(case),
    )
    assert verdict.valid, verdict.refusals
