"""From which day on a certificate can be renewed (R2.7b)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.renewal import renewable_from, require_renewable
from openjpki.errors import OpenJpkiError, Reason


def ending(day: date) -> datetime:
    """As every user's certificate ends: with its last day in Japan."""
    return datetime(day.year, day.month, day.day, 14, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "months", "first"),
    [
        (date(2029, 4, 30), 3, date(2029, 1, 30)),
        (date(2029, 1, 15), 3, date(2028, 10, 15)),
        (date(2029, 3, 1), 3, date(2028, 12, 1)),
        # The month has no such day: its last.
        (date(2029, 5, 31), 3, date(2029, 2, 28)),
        (date(2028, 5, 31), 3, date(2028, 2, 29)),
        (date(2029, 5, 31), 12, date(2028, 5, 31)),
        (date(2029, 12, 31), 1, date(2029, 11, 30)),
        (date(2029, 12, 31), 12, date(2028, 12, 31)),
    ],
)
def test_the_first_day(last: date, months: int, first: date) -> None:
    assert renewable_from(ending(last), months) == first


@given(st.dates(date(2003, 1, 1), date(2199, 12, 31)), st.integers(1, 12))
def test_more_months_are_never_less_time(last: date, months: int) -> None:
    first = renewable_from(ending(last), months)
    assert first < last
    assert renewable_from(ending(last), months + 1) < first
    assert renewable_from(ending(last + timedelta(days=1)), months) >= first


def test_refused_until_that_day_begins_in_japan() -> None:
    end = ending(date(2029, 4, 30))
    begins = datetime(2029, 1, 29, 15, 0, tzinfo=UTC)
    require_renewable(end, 3, begins)
    with pytest.raises(OpenJpkiError) as refusal:
        require_renewable(end, 3, begins - timedelta(seconds=1))
    assert refusal.value.reason is Reason.RENEWAL_TOO_EARLY
    assert refusal.value.metadata["renewable_from"] == "2029-01-30"
