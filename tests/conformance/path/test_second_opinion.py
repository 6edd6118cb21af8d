"""The second opinion agrees on changed paths, but for what a sentence of an RFC decides."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.conformance.path.disagreements import TABLE, explained
from tests.conformance.path.judges import Judged, both

pytestmark = pytest.mark.filterwarnings("ignore:Parsed a serial number")

SAMPLE = 400
SEED = 5280


def test_changed_paths() -> None:
    judged = both((SEED, SAMPLE))
    assert unexplained(judged) == {}
    assert sum(one.ours.accepted for one in judged) > SAMPLE // 20


def test_the_table_gives_reasons() -> None:
    assert all("RFC" in row.why or "X.690" in row.why for row in TABLE)


def unexplained(judged: list[Judged]) -> Counter[str]:
    """Disagreements without a row, counted by class, with one of each to look at."""
    found: Counter[str] = Counter()
    for one in judged:
        assert one.second is not None
        if one.ours.accepted is not one.second.valid and explained(one) is None:
            theirs = "accept" if one.second.valid else f"{one.second.kind} {one.second.text[:160]}"
            ours = "accept" if one.ours.accepted else one.ours.reason
            found[f"{one.mutation.field} {one.mutation.kind}: {ours} / {theirs}"] += 1
    return found
