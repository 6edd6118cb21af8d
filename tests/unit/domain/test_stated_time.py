"""Times of others: from the year nought on, and in four digits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from openjpki.domain.stated_time import moment, written

FIRST = datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        (-62_167_219_200, FIRST),  # the year nought
        (-62_135_596_801, FIRST),
        (-62_135_596_800, FIRST),
        (-631_152_000, datetime(1950, 1, 1, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_what_der_has_and_python_has_not_is_the_first_moment(seconds: int, read: datetime) -> None:
    assert moment(seconds) == read


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (FIRST, "0001-01-01T00:00:00Z"),
        (datetime(999, 2, 3, 4, 5, 6, 700, tzinfo=UTC), "0999-02-03T04:05:06Z"),
        (datetime(2026, 4, 1, 9, tzinfo=timezone(timedelta(hours=9))), "2026-04-01T00:00:00Z"),
    ],
)
def test_a_year_has_four_digits(at: datetime, text: str) -> None:
    assert written(at) == text
    assert datetime.fromisoformat(written(at)) == at.replace(microsecond=0)
