"""A date of birth (出生の年月日) and the Japanese era it falls in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from openjpki.domain.japanese_era import Era, era_of
from openjpki.errors import OpenJpkiError, Reason

EARLIEST = date(1868, 1, 1)
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


@dataclass(frozen=True, slots=True, repr=False)
class BirthDate:
    """A day that exists in the Gregorian calendar, not before 1868."""

    day: date

    def __post_init__(self) -> None:
        if self.day < EARLIEST:
            raise _out_of_range("birth_date", "must not be before 1868")

    @classmethod
    def parse(cls, text: str, *, today: date, field: str = "birth_date") -> BirthDate:
        """From ISO 8601 ``YYYY-MM-DD``; ``today`` is the date in Japan when it is given.

        Raises DATE_DOES_NOT_EXIST for a day the calendar lacks, INVALID_FIELD for another shape,
        a date before 1868 or one after ``today``.
        """
        match = _ISO.fullmatch(text)
        if match is None:
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be written YYYY-MM-DD", field=field)
        return cls._checked(match.groups(), today, field)

    @classmethod
    def of(
        cls, year: int, month: int, day: int, *, today: date, field: str = "birth_date"
    ) -> BirthDate:
        """From numbers; refuses as `parse` does."""
        return cls._checked((year, month, day), today, field)

    @classmethod
    def _checked(cls, numbers: tuple[str | int, ...], today: date, field: str) -> BirthDate:
        try:
            day = date(*map(int, numbers))
        except (ValueError, OverflowError) as error:
            raise OpenJpkiError(
                Reason.DATE_DOES_NOT_EXIST, "is not a day of the calendar", field=field
            ) from error
        if day < EARLIEST:
            raise _out_of_range(field, "must not be before 1868")
        if day > today:
            raise _out_of_range(field, "must not be in the future")
        return cls(day)

    @property
    def era(self) -> Era:
        """The era the day falls in; UNKNOWN for the 24 days before Meiji."""
        return era_of(self.day)

    @property
    def certified(self) -> str:
        """``EYYYYMMDD`` as otherName .4 holds it, e.g. ``319800217``."""
        return f"{self.era.value}{self.day:%Y%m%d}"

    @property
    def iso(self) -> str:
        """``YYYY-MM-DD``."""
        return self.day.isoformat()

    def __repr__(self) -> str:
        return "BirthDate(hidden)"


def _out_of_range(field: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=field)
