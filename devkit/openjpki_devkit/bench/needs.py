"""What a row needs that a machine may not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_left_out(row: str, needed: Mapping[str, object]) -> bool:
    """Whether something of it is not there (None); says then which row is left out, and why."""
    for what, there in needed.items():
        if there is None:
            output.stderr.print(f"left out: {row} (needs {what})")
            return True
    return False
