"""A date of birth (出生の年月日) and the Japanese era it falls in."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from openjpki.domain.japanese_era import Era, era_of
from openjpki.errors import OpenJpkiError, Reason

EARLIEST = date(1868, 1, 1)
ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
"""Year, month and day as `BirthDate.parse` reads them."""


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """A day of the Gregorian calendar, not before 1868; or, where the register knows no more
    (不詳, R2.1.1b), a month or a year: what is unknown is 0, a day always with its month."""

    year: int
    month: int
    """1 to 12; 0: unknown, and so is the day."""
    day: int
    """Of the month; 0: unknown."""

    def __post_init__(self) -> None:
        _require(self.year, self.month, self.day, "birth_date")

    @classmethod
    def parse(cls, text: str, *, today: date, field: str = "birth_date") -> BirthDate:
        """From ISO 8601 ``YYYY-MM-DD``, with ``00`` for what the register does not know;
        ``today`` is the date in Japan when it is given.

        Raises DATE_DOES_NOT_EXIST for what the calendar lacks, INVALID_FIELD for another shape,
        a date before 1868 or one after ``today``.
        """
        return _not_after(cls._read(text, field), today, field)

    @classmethod
    def kept(cls, text: str) -> BirthDate:
        """From `iso`, as it was written; raises as `parse` does, but for no time."""
        return cls._read(text, "birth_date")

    @classmethod
    def of(
        cls, year: int, month: int, day: int, *, today: date, field: str = "birth_date"
    ) -> BirthDate:
        """From numbers; refuses as `parse` does."""
        return _not_after(cls._checked(year, month, day, field), today, field)

    @classmethod
    def _read(cls, text: str, field: str) -> BirthDate:
        match = ISO.fullmatch(text)
        if match is None:
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be written YYYY-MM-DD", field=field)
        year, month, day = map(int, match.groups())
        return cls._checked(year, month, day, field)

    @classmethod
    def _checked(cls, year: int, month: int, day: int, field: str) -> BirthDate:
        _require(year, month, day, field)
        return cls(year, month, day)

    @property
    def is_whole(self) -> bool:
        """Whether month and day are known."""
        return self.day > 0

    @property
    def era(self) -> Era:
        """The era the day falls in. UNKNOWN for the 24 days before Meiji, and where what is known
        lies in two eras."""
        first = era_of(_first(self.year, self.month, self.day))
        return first if first is era_of(_last(self.year, self.month, self.day)) else Era.UNKNOWN

    @property
    def certified(self) -> str:
        """``EYYYYMMDD`` as otherName .4 holds it, e.g. ``319800217``; unknown parts are ``00``."""
        return f"{self.era.value}{self.year:04}{self.month:02}{self.day:02}"

    @property
    def iso(self) -> str:
        """``YYYY-MM-DD``, unknown parts ``00``."""
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def __repr__(self) -> str:
        return "BirthDate(hidden)"


def _first(year: int, month: int, day: int) -> date:
    return date(year, month or 1, day or 1)


def _last(year: int, month: int, day: int) -> date:
    return date(year, month or 12, day or monthrange(year, month or 12)[1])


def _require(year: int, month: int, day: int, field: str) -> None:
    try:
        _first(year, month, day)
    except (ValueError, OverflowError) as error:
        raise _not_there(field) from error
    if day and not month:
        raise _not_there(field)
    if _last(year, month, day) < EARLIEST:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be before 1868", field=field)


def _not_after(birth: BirthDate, today: date, field: str) -> BirthDate:
    if _first(birth.year, birth.month, birth.day) > today:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must not be in the future", field=field)
    return birth


def _not_there(field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.DATE_DOES_NOT_EXIST, "is not a day of the calendar", field=field)
