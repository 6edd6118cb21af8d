"""NIST PKITS through `openjpki path batch`: each case alone and through one pool of all of them.

Two cases that NIST calls valid are about DSA, which is refused: RFC 5280 leaves the algorithms to
the relying party, and FIPS 186-5 approves DSA no more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support import pkits
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.path_asking import Answer, PathBatch

POOL = [pkits.SUITE / "certs", pkits.SUITE / "crls"]

ANY_OTHER = {
    "unreadable", "malformed", "key_refused", "algorithm_refused", "signature_invalid",
    "issuer_mismatch", "not_yet_valid", "expired", "unknown_critical_extension",
    "not_an_authority", "path_too_long", "key_usage", "name_not_permitted", "name_excluded",
    "policy_required", "policy_mapping_invalid", "no_path",
}  # fmt: skip
REASONS = {
    "RevokedError": {"revoked"},
    "InsufficientRevinfoError": {"revocation_unknown"},
    "StaleRevinfoError": {"revocation_unknown"},
    "PathValidationError": ANY_OTHER,
}
NEGATIVE = {"40415": {"malformed"}}
"""A revoked certificate whose serial number is negative, which RFC 5280 4.1.2.2 forbids: it is
refused for that before any list is asked."""
DSA_REASONS = {"algorithm_refused", "key_refused"}


def asked(case: pkits.Case, pool: list[Path]) -> Asked:
    params = case.get("params", {})
    return Asked(
        id=pkits.name_of(case),
        target=pkits.SUITE / "certs" / case["cert"],
        anchors=[pkits.ANCHOR],
        pool=pool,
        time=pkits.AT,
        policies=params.get("user_initial_policy_set", []),
        explicit_policy=params.get("initial_explicit_policy", False),
        inhibit_mapping=params.get("initial_policy_mapping_inhibit", False),
        inhibit_any=params.get("initial_any_policy_inhibit", False),
        revocation=True,
    )


def wrong(case: pkits.Case, said: Answer) -> str | None:
    """What is not as NIST says, if anything."""
    if case["id"] in pkits.DSA:
        right = not said.accepted and said.reason in DSA_REASONS
        return None if right else f"{said}: DSA"
    if "error" in case:
        reasons = REASONS[case["error"]["class"]] | NEGATIVE.get(case["id"], set())
        right = not said.accepted and said.reason in reasons
        return None if right else f"{said}: {case['error']['class']}"
    sets = pkits.policy_sets()[pkits.name_of(case)]
    right = (
        said.accepted
        and len(said.path) == case["path_len"]
        and sorted(said.authority_policies) == sets["authority"]
        and sorted(said.user_policies) == sets["user"]
    )
    return None if right else f"{said}: {sets}"


@pytest.mark.parametrize("pooled", [False, True], ids=["alone", "pooled"])
def test_every_case(batch: PathBatch, pooled: bool) -> None:
    cases = pkits.cases()
    assert len(cases) == 246
    assert sum("error" not in case for case in cases) == 110
    answers = batch.ask(
        asked(case, POOL if pooled else pkits.certificate_files(case) + pkits.crl_files(case))
        for case in cases
    )
    assert [one for case in cases if (one := wrong(case, answers[pkits.name_of(case)]))] == []


def test_qualifiers_do_not_disturb(batch: PathBatch) -> None:
    questions = [asked(case, POOL) for case in pkits.notices()]
    assert len(questions) == 8
    numbered = [replace(one, id=f"{number} {one.id}") for number, one in enumerate(questions)]
    assert [one.id for one in batch.ask(numbered).values() if not one.accepted] == []
