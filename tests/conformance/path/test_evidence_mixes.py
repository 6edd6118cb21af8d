"""Evidence drawn by chance is read as its RFC reads it.

Lists of every scope, some forged, ended or renumbered, as RFC 5280 6.3.3; OCSP responses as
evidence of past times, as RFC 6960.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.conformance.path import list_reading, response_reading
from tests.conformance.path.evidence_judging import VERDICTS, misread
from tests.conformance.path.list_mixes import list_mixes
from tests.conformance.path.response_mixes import response_mixes

if TYPE_CHECKING:
    from tests.support.path_asking import PathBatch

LISTS, RESPONSES = 600, 500


def test_lists_of_chance(batch: PathBatch) -> None:
    read: Counter[str] = Counter()
    assert misread(batch, list_mixes(LISTS, 5280), list_reading.reading, read) == []
    assert min(read[one] for one in VERDICTS) > LISTS // 10


def test_responses_of_chance(batch: PathBatch) -> None:
    read: Counter[str] = Counter()
    assert misread(batch, response_mixes(RESPONSES, 6960), response_reading.reading, read) == []
    assert min(read[one] for one in VERDICTS) > RESPONSES // 10
