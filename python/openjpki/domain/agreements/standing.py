"""How a number of a quota stands, in words: a count that can be seen to grow would tell at what
moment somebody was told something (R5.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.agreements.quota import Beyond, Unit


class Standing(Enum):
    """By how much of it is taken; the value stands in metrics."""

    WITHIN = "within"
    NEAR = "near"
    """Four fifths or more."""
    REACHED = "reached"
    """All."""

    @classmethod
    def of(cls, taken: int, most: int) -> Standing:
        """``most``: at least 1."""
        if taken >= most:
            return cls.REACHED
        return cls.NEAR if 5 * taken >= 4 * most else cls.WITHIN


@dataclass(frozen=True, slots=True)
class QuotaNumber:
    """One number that was agreed, and how it stands."""

    verifier_id: str
    unit: Unit
    is_of_day: bool
    """Of this day of Japan, or of its month."""
    most: int
    beyond: Beyond
    standing: Standing


NEAR = (Standing.NEAR, Standing.REACHED)
"""Those that somebody should look at, the worst last."""


def worst_of(standings: Iterable[Standing]) -> Standing | None:
    """Of a quota's numbers; None where each has more than a fifth left."""
    found = set(standings)
    return next((one for one in reversed(NEAR) if one in found), None)
