"""A date of birth as people write it: 大正4年10月24日, T4.10.24, 1915-10-24 (R2.1.2)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from openjpki.domain.japanese_era import Era, in_era, year_in
from openjpki.domain.person.birth_date import ISO, BirthDate
from openjpki.errors import OpenJpkiError, Reason

_ERA = "(?P<era>明治|大正|昭和|平成|令和|[MTSHR])"
_YEAR = "(?P<year>元|[0-9]{1,2})"
_WRITTEN = (
    re.compile(f"{_ERA}{_YEAR}年(?:(?P<month>[0-9]{{1,2}})月)?(?:(?P<day>[0-9]{{1,2}})日)?"),
    re.compile(f"{_ERA}{_YEAR}[./-](?P<month>[0-9]{{1,2}})[./-](?P<day>[0-9]{{1,2}})"),
)
_UNKNOWN = re.compile("(?:(?<=年)月日|(?<=月)日)不詳$")
"""What follows the part that is known: 昭和25年月日不詳, 昭和25年3月日不詳."""


def written_birth_date(text: str, *, today: date, field: str = "birth_date") -> BirthDate:
    """From ``YYYY-MM-DD`` as `BirthDate.parse`, or by era: its name or letter, full or half width,
    元年 for the first year, 不詳 after what is known where month and day, or the day, are not.

    Raises as `BirthDate.parse`, and DATE_DOES_NOT_EXIST for a day that the era did not have.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    known, unknown = _UNKNOWN.subn("", plain)
    for form in _WRITTEN:
        match = form.fullmatch(known)
        if match is not None and (match["day"] is None) is bool(unknown):
            return _by_era(match, today, field)
    if not ISO.fullmatch(plain):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be written 1915-10-24, T4.10.24 or 大正4年10月24日",
            field=field,
        )
    return BirthDate.parse(plain, today=today, field=field)


def in_words(birth: BirthDate) -> str:
    """As papers have it, by both calendars: ``昭和55年2月17日（1980年2月17日）``, what is unknown
    said to be so: ``昭和25年（1950年）月日不詳``. By the Gregorian one alone where what is
    known lies in two eras, or before the first."""
    if birth.is_whole:
        day = date(birth.year, birth.month, birth.day)
        known, unknown = f"{birth.year}年{birth.month}月{birth.day}日", ""
        by_era = in_era(day) if birth.era is not Era.UNKNOWN else ""
    else:
        month = f"{birth.month}月" if birth.month else ""
        known, unknown = f"{birth.year}年{month}", "日不詳" if birth.month else "月日不詳"
        # Of the first day that it may be: where the last lies in another era, there is none.
        year = in_era(date(birth.year, birth.month or 1, 1)).partition("年")[0]
        by_era = f"{year}年{month}" if birth.era is not Era.UNKNOWN else ""
    return f"{by_era}（{known}）{unknown}" if by_era else known + unknown


def _by_era(match: re.Match[str], today: date, field: str) -> BirthDate:
    era, written = match["era"], match["year"]
    year = year_in(era, 1 if written == "元" else int(written))
    if year is None:
        raise _not_in_era(field)
    found = BirthDate.of(
        year, int(match["month"] or 0), int(match["day"] or 0), today=today, field=field
    )
    # A year or a month that lies in two eras says of neither that it is wrong.
    is_told = found.is_whole or found.era is not Era.UNKNOWN
    if is_told and era not in {found.era.letter, found.era.written}:
        raise _not_in_era(field)
    return found


def _not_in_era(field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.DATE_DOES_NOT_EXIST, "is not a day of that era", field=field)
