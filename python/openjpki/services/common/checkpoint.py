"""The named steps of what must survive a crash at any of them."""

from __future__ import annotations

from collections.abc import Callable

Checkpoint = Callable[[str], None]
"""Told the name of each step as it is passed; tests of faults stop the process there."""


def no_checkpoint(_step: str) -> None:
    """Passes every step by."""
