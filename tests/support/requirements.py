"""Refuses marks that name no row of the report, or that `make requirements` would misread.

scripts/requirements.py reads them without running anything; here each collected test is asked too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.requirements import ROOT, Mark, check, read_marks, read_rows

if TYPE_CHECKING:
    from collections.abc import Sequence


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A typing error would silently cover nothing."""
    try:
        marks = read_marks()
        check(read_rows(), marks)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    found = differing(items, marks)
    if found:
        raise pytest.UsageError(f"{found}: its marks are read otherwise by scripts/requirements.py")


def differing(items: Sequence[pytest.Item], marks: Sequence[Mark]) -> str | None:
    """The first test whose marks pytest knows otherwise than the script does."""
    read: dict[str, set[str]] = {}
    for mark in marks:
        read.setdefault(mark.test, set()).add(mark.row)
    for item in items:
        name = f"{item.path.relative_to(ROOT)}::{item.name.split('[')[0]}"
        known = {str(row) for mark in item.iter_markers("requirement") for row in mark.args}
        if known != read.get(name, set()):
            return name
    return None
