"""The Japanese eras (元号), and days as they are written by them."""

from __future__ import annotations

from datetime import date
from enum import Enum


class Era(Enum):
    """The era digit of ``EYYYYMMDD``."""

    UNKNOWN = "0"
    MEIJI = "1"
    TAISHO = "2"
    SHOWA = "3"
    HEISEI = "4"
    REIWA = "5"

    @property
    def letter(self) -> str:
        """As forms have it before a year: ``T`` of 大正; empty of UNKNOWN."""
        return "" if self is Era.UNKNOWN else self.name[0]

    @property
    def written(self) -> str:
        """``大正``; empty of UNKNOWN."""
        return next((name for _, era, name in _BEGINNINGS if era is self), "")


# First day of each era, latest first. The rescripts of 1912 and 1926 made the whole day of the
# change the new era's; the orders of 1989 and 2019 took effect the day after.
_BEGINNINGS = (
    (date(2019, 5, 1), Era.REIWA, "令和"),
    (date(1989, 1, 8), Era.HEISEI, "平成"),
    (date(1926, 12, 25), Era.SHOWA, "昭和"),
    (date(1912, 7, 30), Era.TAISHO, "大正"),
    (date(1868, 1, 25), Era.MEIJI, "明治"),
)


def era_of(day: date) -> Era:
    """The era a day falls in; UNKNOWN before Meiji."""
    return next((era for first, era, _ in _BEGINNINGS if day >= first), Era.UNKNOWN)


def year_in(era: str, year: int) -> int | None:
    """The Gregorian year of ``year`` in the era of that name (``大正``) or letter (``T``); None for
    no era, or a year that it did not have."""
    until = 9999
    for first, which, name in _BEGINNINGS:
        if era in {name, which.letter}:
            found = first.year + year - 1
            return found if first.year <= found <= until else None
        until = first.year
    return None


def in_era(day: date) -> str:
    """As documents have it: ``令和8年10月1日``, the first year ``元年``. Before Meiji by the year
    of the Gregorian calendar alone."""
    for first, _, name in _BEGINNINGS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return _gregorian(day)


def in_both_calendars(day: date) -> str:
    """``令和8年10月1日（2026年10月1日）``."""
    return f"{in_era(day)}（{_gregorian(day)}）"


def _gregorian(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
