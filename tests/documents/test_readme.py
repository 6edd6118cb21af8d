"""What README says is not there yet is what no test shows."""

from __future__ import annotations

import re
from pathlib import Path

from scripts.requirements import read_marks, read_rows, shown

ROOT = Path(__file__).resolve().parents[2]


def rows_missing() -> list[str]:
    """Ids in README's table of what is not there yet, in its order."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.split("## What is not there yet", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| ((?:[PRL][0-9][^|]*)) \|", section, re.MULTILINE)
    return [row for cell in cells for row in cell.split(", ")]


def test_readme_names_every_row_that_no_test_shows_and_no_other() -> None:
    missing = rows_missing()
    assert len(missing) == len(set(missing))
    assert set(missing) == set(read_rows()) - shown(read_marks())
