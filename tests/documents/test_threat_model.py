"""docs/threat-model.md and the tests that play it speak of the same attacks and alerts."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
PLAYED = "\n".join(
    path.read_text("utf-8") for path in (ROOT / "tests/integration/compromise").glob("test_*.py")
)


def rows(columns: int) -> list[str]:
    """Names of the rows that have so many columns after the name."""
    return re.findall(
        rf"^\| ([a-z]+(?:-[a-z]+)+) \|(?: [^|]+ \|){{{columns}}}$", PAGE, re.MULTILINE
    )


def test_what_is_refused_is_played_and_what_is_played_is_written_down() -> None:
    refused = rows(2)
    assert len(refused) == len(set(refused))
    assert set(refused) == set(re.findall(r'\.refused\(\s*"([a-z-]+)"', PLAYED))


def test_what_remains_is_shown_to_be_possible() -> None:
    remaining = rows(4)
    assert len(remaining) == len(set(remaining))
    assert set(remaining) == set(re.findall(r'\.remains\(\s*"([a-z-]+)"', PLAYED))


def test_every_alert_that_finds_something_is_one() -> None:
    rules = (ROOT / "deploy/k8s/components/monitoring/rules.yaml").read_text("utf-8")
    alerts = {
        rule["alert"]
        for group in yaml.safe_load(rules)["spec"]["groups"]
        for rule in group["rules"]
    }
    named = set(re.findall(r"\bOpenJpki[A-Za-z]+", PAGE))
    assert named
    assert named <= alerts
