"""Lists drawn by chance: openssl agrees, or a sentence of the RFC says why it does not.

That the engine says what the RFC says is shown beside it, in ``test_evidence_mixes.py``.
"""

from __future__ import annotations

from collections import Counter

from tests.conformance.path.evidence_judging import VERDICTS
from tests.conformance.path.list_judging import disagreements
from tests.conformance.path.list_mixes import list_mixes

DRAWS, SEED = 1500, 1


def test_every_disagreement_is_explained() -> None:
    agreed: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    assert disagreements(list_mixes(DRAWS, SEED), agreed, explained) == []
    assert min(agreed[one] for one in VERDICTS) > DRAWS // 10
    assert 0 < explained.total() < DRAWS // 5
