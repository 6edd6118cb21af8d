"""Decisions are numbered without a gap, say how they stand, and what they claim of files is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
STATES = r"Status: (?:accepted|superseded)\b.*"


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts(decision: Path) -> None:
    text = decision.read_text("utf-8")
    number = int(decision.name[:4])
    assert text.startswith(f"# {number}. ")
    assert re.search(rf"^{STATES}$", text, re.MULTILINE)
    for heading in ("Context", "Decision", "Consequences"):
        assert f"\n## {heading}\n" in text


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


def test_unsafe_is_where_adr_7_says() -> None:
    """Outside tests and timing, in the two files that it names."""
    allowed = {
        str(path.relative_to(ROOT / "signer_core" / "rsa_lanes" / "src"))
        for path in (ROOT / "signer_core").glob("*/src/**/*.rs")
        if "allow(unsafe_code)" in path.read_text("utf-8")
        and not {"timing", "tests.rs"} & set(path.parts)
    }
    decision = (ROOT / "docs" / "adr" / "0007-multi-buffer-rsa.md").read_text("utf-8")
    assert allowed == set(re.findall(r"`(ifma/\w+\.rs)`", decision))
