"""Months of Japan, as commands that report on one take them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from openjpki.domain.usage import day_of
from openjpki.errors import OpenJpkiError, Reason

MonthOption = Annotated[
    str | None, typer.Option("--month", help="Month of Japan, e.g. 2027-04; default: this one.")
]
_MONTH = re.compile("[0-9]{4}-[0-9]{2}")


def days_of(month: str | None) -> tuple[date, date]:
    """The first and the last of a month. Raises ``INVALID_FIELD``."""
    if month is None:
        first = day_of(datetime.now(UTC)).replace(day=1)
    else:
        try:
            # It takes other forms of a date too.
            first = date.fromisoformat(f"{month}-01" if _MONTH.fullmatch(month) else "")
            _after(first)
        except (ValueError, OverflowError) as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must be a month like 2027-04", field="--month"
            ) from error
    return first, _after(first) - timedelta(days=1)


def _after(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
