"""Meshes of chance are judged as openssl judges every path through them one by one."""

from __future__ import annotations

import pytest

from tests.conformance.path.mesh_judging import (
    INHIBITED,
    SPREAD,
    MeshDisagreement,
    judged_meshes,
    mesh_faults,
    mesh_reason,
)

SAMPLE = 250
SEED = 1200


def test_as_openssl_judges_each_path() -> None:
    judged = judged_meshes((SEED, SAMPLE))
    assert mesh_faults(judged) == []
    accepted = sum(one.ours.accepted for one in judged)
    assert SAMPLE // 4 < accepted < 3 * SAMPLE // 4
    assert sum(len(one.mesh.paths) > 1 for one in judged) > SAMPLE // 5


@pytest.mark.parametrize(
    ("seed", "because"),
    [
        pytest.param(708_079, INHIBITED, id="one policy too many"),
        pytest.param(2_010_723, SPREAD, id="no policy left"),
        pytest.param(3_004_700, SPREAD, id="a policy where none is left"),
    ],
)
def test_of_policies_mapped_from_any_policy_openssl_has_others(
    seed: int, because: MeshDisagreement
) -> None:
    (judged,) = judged_meshes((seed, 1))
    assert mesh_faults([judged]) == []
    assert mesh_reason(judged) is because
    assert "RFC" in because.why
