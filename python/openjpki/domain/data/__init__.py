"""Tables the domain reads: generated or hand-kept CSV files, opened as package data."""

from __future__ import annotations

import csv
from importlib import resources


def read_table(name: str, *, package: str = __name__) -> list[dict[str, str]]:
    """Rows of the CSV file ``name`` in a package, this one unless told otherwise.

    Lines beginning with ``#`` say where the table comes from and are left out.
    """
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
