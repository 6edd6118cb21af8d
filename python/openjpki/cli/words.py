"""Words of a few, as they are printed and typed."""

from __future__ import annotations

from typing import Any, Protocol


class Enum(Protocol):
    """One of the contracts."""

    def Name(self, number: Any) -> str:  # noqa: N802
        """Raises ``ValueError`` for a number without one."""


def word(name: str, prefix: str = "") -> str:
    """A name of the contracts, or a value of ours, as the command line has it: in lower case with
    hyphens, so that what was printed can be typed again. ``prefix``: of all names of its kind."""
    return name.removeprefix(prefix).lower().replace("_", "-")


def word_of(enum: Enum, number: int, prefix: str) -> str:
    """The word of a value in an answer. A service of a newer release may have values without a name
    here: such a one is told by its number, and what stands beside it is shown all the same."""
    try:
        return word(enum.Name(number), prefix)
    except ValueError:
        return f"other-{number}"
