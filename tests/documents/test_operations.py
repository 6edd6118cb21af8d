"""docs/operations.md says of every revision what becomes of an installation."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REVISIONS = ROOT / "python" / "openjpki" / "storage" / "migrations"


def revisions() -> list[str]:
    """Every revision after a service's first, which makes its tables."""
    files = REVISIONS.glob("*/v[0-9]*.py")
    found = [f"{path.parent.name}_{path.stem[1:5]}" for path in files]
    return sorted(one for one in found if not one.endswith("_0001"))


def test_every_revision_is_in_the_table() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = text.split("\n## Bringing an installation forward\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([a-z_0-9, ]+) \|", section, re.MULTILINE)
    named = [one for row in rows for one in row.split(", ") if re.search(r"_[0-9]{4}$", one)]
    assert sorted(named) == revisions()
