"""PATH_EVIDENCE (10,000) draws of lists, and as many of OCSP responses: `make path-evidence`.

Not collected by itself, as its name says.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance.path import list_reading, response_reading
from tests.conformance.path.evidence_judging import Mix, misread
from tests.conformance.path.list_judging import TABLE, disagreements
from tests.conformance.path.list_mixes import list_mixes
from tests.conformance.path.response_mixes import response_mixes
from tests.support.path_asking import PathBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COUNT = int(os.environ.get("PATH_EVIDENCE", "10000"))
SEED = int(os.environ.get("PATH_SEED", "1"))
_PART = 1000


@pytest.mark.timeout(7200)
def test_lists(capsys: pytest.CaptureFixture[str]) -> None:
    _sweep("lists", list_mixes, list_reading.reading, capsys)


@pytest.mark.timeout(7200)
def test_responses(capsys: pytest.CaptureFixture[str]) -> None:
    _sweep("responses", response_mixes, response_reading.reading, capsys)


@pytest.mark.timeout(7200)
def test_lists_by_openssl(capsys: pytest.CaptureFixture[str]) -> None:
    agreed: Counter[str] = Counter()
    explained: Counter[str] = Counter()
    wrong = disagreements(list_mixes(COUNT, SEED), agreed, explained)
    with capsys.disabled():
        print(f"\nopenssl agrees: {dict(agreed)}")  # noqa: T201 - the figures are what it is for
        for why, number in explained.items():
            print(f"{number:7,} {why}")  # noqa: T201
    assert wrong == []
    # No row is there for nothing; the rarest explains one draw in some ten thousand.
    assert COUNT < 100_000 or set(explained) == {row.why for row in TABLE}


def _sweep(
    what: str,
    draw: Callable[[int, int], Iterable[Mix]],
    reading: Callable[[Mix], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    read: Counter[str] = Counter()
    wrong: list[str] = []
    for seed, count in _parts():
        with tempfile.TemporaryDirectory(prefix="paths-") as folder:
            wrong += misread(PathBatch(Path(folder)), draw(count, seed), reading, read)
    with capsys.disabled():
        print(f"\n{what}: {dict(read)}")  # noqa: T201 - the figures are what it is for
    assert wrong == []


def _parts() -> Iterator[tuple[int, int]]:
    for at in range(0, COUNT, _PART):
        yield SEED + at, min(_PART, COUNT - at)
