"""PATH_MESHES (10,000) meshes, each path through them by openssl too: `make path-meshes`.

Not collected by itself, as its name says.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.path.go_judging import askable, go_faults
from tests.conformance.path.judges import PART, in_parts
from tests.conformance.path.mesh_judging import judged_meshes, mesh_faults, mesh_reason
from tests.conformance.path.meshes import meshes
from tests.support.path_asking import PathBatch


@pytest.mark.timeout(7200)
def test_every_disagreement_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("PATH_MESHES", "10000"))
    seed = int(os.environ.get("PATH_SEED", "1"))
    explained: Counter[str] = Counter()
    accepted, faults = 0, list[str]()
    for one in in_parts(judged_meshes, count, seed):
        accepted += one.ours.accepted
        if (reason := mesh_reason(one)) is not None:
            explained[reason.why] += 1
        faults += mesh_faults([one])
    with capsys.disabled():
        print(f"\n{accepted:,} of {count:,} accepted")  # noqa: T201 - the figures are what it is for
        for why, number in explained.items():
            print(f"{number:7,} {why}")  # noqa: T201
    assert faults == []


@pytest.mark.timeout(7200)
def test_by_go(capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("PATH_MESHES", "10000"))
    seed = int(os.environ.get("PATH_SEED", "1"))
    judged, faults = 0, list[str]()
    for at in range(0, count, PART):
        made = [one for one in meshes(min(PART, count - at), seed + at) if askable(one.asked)]
        with tempfile.TemporaryDirectory(prefix="paths-") as folder:
            answers = PathBatch(Path(folder)).ask(one.asked for one in made)
        faults += go_faults([(one, answers[one.asked.id]) for one in made])
        judged += len(made)
    with capsys.disabled():
        print(f"\n{judged:,} judged by Go")  # noqa: T201 - the figures are what it is for
    assert faults == []
