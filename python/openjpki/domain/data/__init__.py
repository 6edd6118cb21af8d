"""Tables the domain reads: generated or hand-kept CSV files, opened as package data."""

from __future__ import annotations

import csv
from importlib import resources


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of the CSV file ``name`` in this package; lines beginning with ``#`` are provenance."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
