"""How much of a quota one of several replicas takes at a time.

Half of what is left, among all: so a replica whose database goes away has something to tell, and
what one holds that dies is no great part. Of a month's rest a tenth of that, since nobody knows
what a replica told that is gone, and what it held is then told by nobody until the month ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.agreements.quota import Limits

_OF_A_DAY = 2
_OF_A_MONTH = 20


@dataclass(frozen=True, slots=True)
class Rest:
    """What nobody has taken; None: that is not bounded."""

    of_day: int | None
    of_month: int | None
    sharers: int
    """Replicas that take of it, at least one."""

    @classmethod
    def of(cls, limits: Limits, day: int, month: int, sharers: int) -> Rest:
        """``day``, ``month``: what is taken; more than the limit, where that was lowered."""
        of_day = None if limits.per_day is None else max(0, limits.per_day - day)
        of_month = None if limits.per_month is None else max(0, limits.per_month - month)
        return cls(of_day, of_month, max(1, sharers))

    @property
    def total(self) -> int:
        """What may still be taken."""
        return min(one for one in (self.of_day, self.of_month) if one is not None)

    @property
    def part(self) -> int:
        """What one replica holds of it."""
        parts = []
        if self.of_day is not None:
            parts.append(self.of_day // (_OF_A_DAY * self.sharers))
        if self.of_month is not None:
            parts.append(self.of_month // (_OF_A_MONTH * self.sharers))
        return min(parts)

    def wants(self, left: int, needed: int) -> int:
        """What to take beside what is left: nothing as long as that is half of a part.
        ``needed``: the most that is asked for at once, 0 where nobody asks. More than there is is
        nobody told, and then what is asked for one by one counts."""
        if needed > left + self.total:
            needed = 1
        if left >= needed and 2 * left > self.part:
            return 0
        return min(self.total, max(self.part, needed) - left)
