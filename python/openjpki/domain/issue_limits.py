"""How many certificates of persons an authority signs for one caller and one municipality.

What a credential may ask for is bounded by its scope; how fast, by this: whoever steals one gets
no further in a day than the windows would on their busiest, and an alert tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass


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
