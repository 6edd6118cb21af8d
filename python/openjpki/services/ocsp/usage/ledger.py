"""What one run of a replica has told, by the days to which it belongs.

The signing core counts without days. Each time its counts are taken, what they grew by belongs to
the day of that moment; so a day begins and ends to within the time between two takings.

Days never go back behind one that may have been reported as complete, nor ahead of the database's
day: a clock that is wrong names no day. Whichever it is, nothing is counted twice or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.usage import Counted, DayCount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date


class Ledger:
    """Whole counts of one epoch. Used by one thread."""

    def __init__(self, day: date, totals: Mapping[Counted, int] | None = None) -> None:
        """``day``: nothing is counted for an earlier one. ``totals``: what the run has told that
        other epochs have."""
        self._floor = day
        self._totals = dict(totals or {})
        """Of the run, as taken last."""
        self._counts: dict[tuple[date, Counted], int] = {}
        self._changed: set[tuple[date, Counted]] = set()
        """Whose count the database may not have."""
        self._sent: set[tuple[date, Counted]] = set()
        """Of which the database may have some count, so that it stays with its day."""

    def take(self, totals: Iterable[tuple[Counted, int]], day: date) -> None:
        """These have told so much since the run began, as of this day."""
        day = max(day, self._floor)
        for of, total in totals:
            grown = total - self._totals.get(of, 0)
            if grown > 0:
                self._totals[of] = total
                self._add(day, of, grown)

    @property
    def totals(self) -> Mapping[Counted, int]:
        """What the run has told, as taken last."""
        return self._totals

    @property
    def is_changed(self) -> bool:
        """Whether there is something to write."""
        return bool(self._changed)

    def unwritten(self, last: date) -> list[DayCount]:
        """What is to be written now. ``last``: the database's day; what was counted for a later one
        belongs to it."""
        last = max(last, self._floor)
        for key in [one for one in self._changed if one[0] > last and one not in self._sent]:
            self._changed.remove(key)
            self._add(last, key[1], self._counts.pop(key))
        self._sent |= self._changed
        return [DayCount(day, of, self._counts[day, of]) for day, of in self._changed]

    def written(self, counts: Sequence[DayCount], day: date) -> None:
        """The database has these since this day of its own: nothing more comes for earlier ones."""
        for one in counts:
            if self._counts[one.day, one.of] == one.told:
                self._changed.discard((one.day, one.of))
        self._floor = max(self._floor, day)
        for key in [one for one in self._counts if one[0] < self._floor]:
            if key not in self._changed:
                del self._counts[key]
                self._sent.discard(key)

    def rest(self, kept: Mapping[Counted, int], day: date) -> Ledger:
        """Of another epoch: what the run has told and the database lacks, as of this day."""
        made = Ledger(day, kept)
        made.take(self._totals.items(), day)
        return made

    def _add(self, day: date, of: Counted, told: int) -> None:
        self._counts[day, of] = self._counts.get((day, of), 0) + told
        self._changed.add((day, of))
