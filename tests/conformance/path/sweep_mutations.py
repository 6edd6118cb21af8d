"""PATH_MUTATIONS (50,000) changed paths, by us and by the second opinion: `make path-mutations`.

Not collected by itself, as its name says.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.conformance.path.disagreements import explained
from tests.conformance.path.judges import both, in_parts
from tests.conformance.path.test_second_opinion import unexplained

if TYPE_CHECKING:
    from tests.conformance.path.judges import Judged


@pytest.mark.timeout(7200)
def test_every_disagreement_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("PATH_MUTATIONS", "50000"))
    seed = int(os.environ.get("PATH_SEED", "1"))
    rows: Counter[str] = Counter()
    agreed = 0
    left: list[Judged] = []
    for one in in_parts(both, count, seed):
        assert one.second is not None
        if one.ours.accepted is one.second.valid:
            agreed += 1
        elif row := explained(one):
            rows[row.why] += 1
        else:
            left.append(one)
    with capsys.disabled():
        print(f"\n{agreed:,} of {count:,} agree")  # noqa: T201 - the figures are what it is for
        for why, cases in rows.most_common():
            print(f"{cases:7,} {why}")  # noqa: T201
    assert unexplained(left) == {}
