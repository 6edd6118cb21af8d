"""Rules of RFC 5280 one by one, all pairs of constraints and names, and graphs of authorities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.path.constraint_matrix import matrix
from tests.conformance.path.graphs import generations, graphs, hidden
from tests.conformance.path.rules import rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.path_asking import Asked, PathBatch


def wrong(batch: PathBatch, wanted: Iterable[tuple[Asked, bool]]) -> list[str]:
    """What was judged otherwise, and why."""
    expected = list(wanted)
    answers = batch.ask(asked for asked, _ in expected)
    found = []
    for asked, accepted in expected:
        said = answers[asked.id]
        if said.accepted is not accepted:
            found.append(f"{asked.id}: {said.verdict} {said.reason}")
    return found


def test_each_rule(batch: PathBatch) -> None:
    wanted = rules()
    assert len(wanted) > 100
    whys = {rule.asked.id: rule.why for rule in wanted}
    said = wrong(batch, ((rule.asked, rule.accepted) for rule in wanted))
    assert said == [], [f"{one} ({whys[one.split(':')[0]]})" for one in said]


def test_every_constraint_with_every_name(batch: PathBatch) -> None:
    wanted = list(matrix())
    assert len(wanted) > 3000
    assert wrong(batch, wanted) == []


def test_graphs_with_branches_that_lead_wrong(batch: PathBatch) -> None:
    wanted = [(one.asked, one.reaches) for one in graphs(400)]
    reached = sum(accepted for _, accepted in wanted)
    assert 100 < reached < 300
    assert wrong(batch, wanted) == []


def test_generations_under_one_name(batch: PathBatch) -> None:
    assert wrong(batch, generations()) == []


def test_good_ones_are_found_whatever_stands_beside_them(batch: PathBatch) -> None:
    assert wrong(batch, hidden()) == []
