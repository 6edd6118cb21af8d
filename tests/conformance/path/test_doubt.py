"""What may not be used and says "revoked" lets nothing else say good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conformance.path.doubt_rules import doubts

if TYPE_CHECKING:
    from tests.support.path_asking import PathBatch


def test_nobody_is_good_whom_evidence_in_doubt_calls_revoked(batch: PathBatch) -> None:
    cases = doubts()
    answers = batch.ask(one.asked for one in cases)
    wrong = {
        one.asked.id: (said.verdict, said.reason, said.rule)
        for one in cases
        if (said := answers[one.asked.id]).reason != one.reason
        or said.accepted is not (one.reason is None)
    }
    assert wrong == {}
