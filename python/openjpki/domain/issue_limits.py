"""How many certificates of persons an authority signs for one caller and one municipality.

What a credential may ask for is bounded by its scope; how fast, by this: whoever steals one gets
no further in a day than the windows would on their busiest, and an alert tells of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

HOURS_OF_A_DAY = 24
"""An hour of the clock and the 23 before it."""

_KEPT = 2 * HOURS_OF_A_DAY
"""Hours in which something was counted, the latest. More than a day: a clock that ran ahead and was
set right must find its day again."""


class Whose(StrEnum):
    """For whom certificates are counted."""

    CALLER = "caller"
    MUNICIPALITY = "municipality"


class Period(StrEnum):
    """In which they are."""

    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLimits:
    """At most so many, at one authority. An hour is one of the clock; a day is that hour and the 23
    before it."""

    caller_hour: int = 20_000
    caller_day: int = 100_000
    """One registration service, all its municipalities together."""
    municipality_hour: int = 3_000
    municipality_day: int = 20_000
    """One municipality, whoever asks."""

    def of(self, whose: Whose) -> tuple[int, int]:
        """In an hour, and in a day."""
        if whose is Whose.CALLER:
            return self.caller_hour, self.caller_day
        return self.municipality_hour, self.municipality_day


@dataclass(slots=True)
class IssueCounts:
    """What one authority counts."""

    _hours: dict[datetime, Counter[tuple[Whose, str]]] = field(default_factory=dict)

    def add(self, at: datetime, *, caller: str, municipality: str, number: int = 1) -> None:
        """So many more of both. ``municipality``: its code."""
        in_hour = self._hours.setdefault(hour_of(at), Counter())
        if len(self._hours) > _KEPT:
            del self._hours[min(self._hours)]
        in_hour[Whose.CALLER, caller] += number
        in_hour[Whose.MUNICIPALITY, municipality] += number

    def reached(
        self, limits: IssueLimits, at: datetime, *, caller: str, municipality: str
    ) -> tuple[Whose, Period] | None:
        """Of which limit there is no room for one more; None where there is."""
        for whose, name in ((Whose.CALLER, caller), (Whose.MUNICIPALITY, municipality)):
            at_most_in_hour, at_most_in_day = limits.of(whose)
            in_hour, in_day = self._of(whose, name, at)
            if in_hour >= at_most_in_hour:
                return whose, Period.HOUR
            if in_day >= at_most_in_day:
                return whose, Period.DAY
        return None

    def _of(self, whose: Whose, name: str, at: datetime) -> tuple[int, int]:
        last = hour_of(at)
        first = last - timedelta(hours=HOURS_OF_A_DAY - 1)
        in_day = sum(
            counted[whose, name] for hour, counted in self._hours.items() if first <= hour <= last
        )
        in_hour = self._hours[last][whose, name] if last in self._hours else 0
        return in_hour, in_day


def hour_of(at: datetime) -> datetime:
    """When the hour of the clock began that a moment is in."""
    return at.replace(minute=0, second=0, microsecond=0)
