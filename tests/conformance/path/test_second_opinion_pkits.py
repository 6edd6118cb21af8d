"""The second opinion and openssl judge NIST's PKITS: what they are worth as judges of ours."""

from __future__ import annotations

from typing import TypedDict

import pytest

from tests.support import pkits
from tests.support.libcrypto import openssl_verdict
from tests.support.second_opinion import second_opinion

# Some of the suite has serials that are not positive, on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

OPENSSL_CANNOT = {
    "40105": "a key whose DSA parameters are the issuer's",
    "41430": "lists of another issuer, which cover himself",
}
"""What OpenSSL 3.0 refuses, and why it is valid."""


class Question(TypedDict):
    """What both judges are asked alike."""

    target: bytes
    anchors: list[bytes]
    pool: list[bytes]
    crls: list[bytes]
    policies: list[str]
    explicit_policy: bool
    inhibit_mapping: bool
    inhibit_any: bool


def question(case: pkits.Case) -> Question:
    params = case.get("params", {})
    return Question(
        target=(pkits.SUITE / "certs" / case["cert"]).read_bytes(),
        anchors=[pkits.ANCHOR.read_bytes()],
        pool=[file.read_bytes() for file in pkits.certificate_files(case)],
        crls=[file.read_bytes() for file in pkits.crl_files(case)],
        policies=params.get("user_initial_policy_set", []),
        explicit_policy=params.get("initial_explicit_policy", False),
        inhibit_mapping=params.get("initial_policy_mapping_inhibit", False),
        inhibit_any=params.get("initial_any_policy_inhibit", False),
    )


def test_second_opinion_is_right_but_for_dsa() -> None:
    wrong = []
    for case in pkits.cases():
        said = second_opinion(**question(case), at=pkits.AT, revocation=True)
        if said.valid is not ("error" not in case):
            assert (said.kind, "dsa" in said.text) == ("DisallowedAlgorithmError", True)
            wrong.append(case["id"])
        elif said.valid:
            user = pkits.policy_sets()[pkits.name_of(case)]["user"]
            assert [one.replace("any_policy", "2.5.29.32.0") for one in said.policies] == user
    assert set(wrong) == pkits.DSA


def test_openssl_is_right_but_for_two() -> None:
    wrong = []
    for case in pkits.cases():
        said = openssl_verdict(**question(case), at=pkits.AT, revocation=True)
        if said.valid is not ("error" not in case):
            assert not said.valid
            wrong.append(case["id"])
        elif said.valid and case["id"] not in pkits.DSA:
            sets = pkits.policy_sets()[pkits.name_of(case)]
            assert list(said.authority_policies) == sets["authority"]
            assert list(said.user_policies) == sets["user"]
    assert set(wrong) == set(OPENSSL_CANNOT)
