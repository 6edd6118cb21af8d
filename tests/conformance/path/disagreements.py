"""Where the second opinion and we differ over changed paths, each with the sentence that decides.

``test_second_opinion.py`` reads this table: a disagreement that no row explains fails it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.conformance.path.judges import Judged


@dataclass(frozen=True)
class Disagreement:
    """A class of cases. ``ours``, ``theirs``, ``field`` and ``text`` are regular expressions."""

    ours: str
    """Our whole reason, or ``accept``."""
    theirs: str
    """The whole class of its error, or ``accept``."""
    field: str
    """How the field of the change begins."""
    why: str
    """The rule, and who is right."""
    text: str = ""
    """Something in its words."""


TABLE: Final[tuple[Disagreement, ...]] = ()


def explained(judged: Judged) -> Disagreement | None:
    """The row for a disagreement, if there is one."""
    assert judged.second is not None
    ours = "accept" if judged.ours.accepted else str(judged.ours.reason)
    theirs = "accept" if judged.second.valid else judged.second.kind
    for row in TABLE:
        if (
            re.fullmatch(row.ours, ours)
            and re.fullmatch(row.theirs, theirs)
            and re.match(row.field, judged.mutation.field)
            and re.search(row.text, judged.second.text)
        ):
            return row
    return None
