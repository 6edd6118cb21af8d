"""Prefectures and municipalities by their JIS X 0401 / JIS X 0402 codes.

The table holds the 47 prefectures and the 1,741 basic municipalities (cities, towns, villages and
Tokyo's 23 special wards); the wards of designated cities are not in it,
docs/adr/0003-municipal-codes.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from openjpki.domain.data import read_table
from openjpki.errors import OpenJpkiError, Reason

_WEIGHTS = (6, 5, 4, 3, 2)


class _Names(NamedTuple):
    japanese: str
    romanised: str


@cache
def _prefectures() -> dict[str, _Names]:
    rows = read_table("prefectures.csv")
    return {row["code"][:2]: _Names(row["name"], row["romanised"]) for row in rows}


@cache
def _municipalities() -> dict[str, _Names]:
    rows = read_table("municipalities.csv")
    return {row["code"][:5]: _Names(row["name"], row["romanised"]) for row in rows}


def check_digit(code: str) -> str:
    """Check digit of a five-digit local government code (modulus 11, weights 6 to 2)."""
    if not _is_digits(code, 5):
        raise _unknown("municipality_code", "must be five digits")
    total = sum(int(digit) * weight for digit, weight in zip(code, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


@dataclass(frozen=True, slots=True, order=True)
class Prefecture:
    """One of the 47 prefectures (都道府県); an unknown number raises UNKNOWN_MUNICIPALITY."""

    number: str
    """JIS X 0401: two digits, ``01`` to ``47``."""

    def __post_init__(self) -> None:
        if self.number not in _prefectures():
            raise _unknown("prefecture", "must be a JIS X 0401 number, 01 to 47")

    @property
    def name(self) -> str:
        """Japanese name with its ending, e.g. ``東京都``."""
        return _prefectures()[self.number].japanese

    @property
    def romanised(self) -> str:
        """Romanised name without the ending, as it stands in a subject's L: ``Tokyo``."""
        return _prefectures()[self.number].romanised

    @property
    def municipalities(self) -> tuple[Municipality, ...]:
        """Its municipalities in the order of their codes."""
        return tuple(Municipality(code) for code in _municipalities() if code[:2] == self.number)


@dataclass(frozen=True, slots=True, order=True)
class Municipality:
    """One of the 1,741 municipalities (市区町村); an unknown code raises UNKNOWN_MUNICIPALITY."""

    code: str
    """JIS X 0402: five digits, the first two the prefecture's number, e.g. ``13101``."""

    def __post_init__(self) -> None:
        if self.code not in _municipalities():
            raise _unknown("municipality_code", "is not the code of a municipality (JIS X 0402)")

    @classmethod
    def parse(cls, code: str, *, field: str = "municipality_code") -> Municipality:
        """A five-digit code, or the six-digit form whose last digit is checked.

        Raises UNKNOWN_MUNICIPALITY for another shape, a wrong check digit or an unknown code.
        """
        if _is_digits(code, 6):
            if check_digit(code[:5]) != code[5]:
                raise _unknown(field, "has a wrong check digit")
            code = code[:5]
        elif not _is_digits(code, 5):
            raise _unknown(field, "must be five digits, or six with the check digit")
        if code not in _municipalities():
            raise _unknown(field, "is not the code of a municipality (JIS X 0402)")
        return cls(code)

    @classmethod
    def parse_in(
        cls, prefecture: Prefecture | None, code: str, *, field: str = "municipality_code"
    ) -> Municipality:
        """As :meth:`parse`, one of that prefecture; without a prefecture there is none."""
        municipality = cls.parse(code, field=field)
        if municipality.prefecture != prefecture:
            raise _unknown(field, "is not in the authority's prefecture")
        return municipality

    @property
    def name(self) -> str:
        """Japanese name, e.g. ``千代田区``."""
        return _municipalities()[self.code].japanese

    @property
    def romanised(self) -> str:
        """Romanised name with its ending, as it stands in a subject's L: ``Chiyoda-ku``."""
        return _municipalities()[self.code].romanised

    @property
    def prefecture(self) -> Prefecture:
        """The prefecture it belongs to."""
        return Prefecture(self.code[:2])


@cache
def all_prefectures() -> tuple[Prefecture, ...]:
    """The 47 prefectures in the order of their numbers."""
    return tuple(Prefecture(number) for number in _prefectures())


def _is_digits(text: str, length: int) -> bool:
    # isdigit alone would take full-width and other digits.
    return len(text) == length and text.isascii() and text.isdigit()


def _unknown(field: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.UNKNOWN_MUNICIPALITY, rule, field=field)
