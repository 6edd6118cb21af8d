"""Certificates counted by the hour, for an hour and its day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openjpki.domain.issue_limits import IssueCounts, IssueLimits, Period, Whose

NOON = datetime(2026, 11, 28, 12, 59, 59, tzinfo=UTC)
HOUR = timedelta(hours=1)
WIDE = IssueLimits()


def reached(
    counts: IssueCounts,
    limits: IssueLimits,
    at: datetime = NOON,
    caller: str = "a",
    municipality: str = "13101",
) -> tuple[Whose, Period] | None:
    return counts.reached(limits, at, caller=caller, municipality=municipality)


def two_at(*moments: datetime) -> IssueCounts:
    counts = IssueCounts()
    for moment in moments:
        counts.add(moment, caller="a", municipality="13101")
        counts.add(moment, caller="a", municipality="13101")
    return counts


@pytest.mark.parametrize(
    ("limits", "found"),
    [
        (IssueLimits(caller_hour=2), (Whose.CALLER, Period.HOUR)),
        (IssueLimits(caller_day=2), (Whose.CALLER, Period.DAY)),
        (IssueLimits(municipality_hour=2), (Whose.MUNICIPALITY, Period.HOUR)),
        (IssueLimits(municipality_day=2), (Whose.MUNICIPALITY, Period.DAY)),
        (
            IssueLimits(caller_hour=3, caller_day=3, municipality_hour=3, municipality_day=3),
            None,
        ),
    ],
)
def test_each_limit_is_held(limits: IssueLimits, found: tuple[Whose, Period] | None) -> None:
    assert reached(two_at(NOON), limits) == found


def test_each_is_counted_alone() -> None:
    counts = two_at(NOON)
    both = IssueLimits(caller_hour=2, municipality_hour=2)
    assert reached(counts, both, caller="b") == (Whose.MUNICIPALITY, Period.HOUR)
    assert reached(counts, both, municipality="13102") == (Whose.CALLER, Period.HOUR)
    assert reached(counts, both, caller="b", municipality="13102") is None


def test_an_hour_and_its_day() -> None:
    counts, of_hour, of_day = two_at(NOON), IssueLimits(caller_hour=2), IssueLimits(caller_day=2)
    # One of the clock, however late in it.
    assert reached(counts, of_hour, NOON - timedelta(minutes=59)) is not None
    assert reached(counts, of_hour, NOON + timedelta(seconds=1)) is None
    # The day is the hour and the 23 before it.
    assert reached(counts, of_day, NOON + 23 * HOUR) == (Whose.CALLER, Period.DAY)
    assert reached(counts, of_day, NOON + 24 * HOUR) is None


def test_a_clock_that_ran_ahead_finds_its_day_again() -> None:
    counts = two_at(NOON)
    for ahead in range(40):
        counts.add(NOON + timedelta(days=365, hours=ahead), caller="b", municipality="13102")
    assert reached(counts, IssueLimits(caller_hour=2)) == (Whose.CALLER, Period.HOUR)


def test_hours_long_past_are_forgotten() -> None:
    counts = IssueCounts()
    for hour in range(1000):
        counts.add(NOON + hour * HOUR, caller="a", municipality="13101")
    assert len(counts._hours) == 48
    assert reached(counts, IssueLimits(caller_day=25), NOON + 999 * HOUR) is None
    assert reached(counts, IssueLimits(caller_day=24), NOON + 999 * HOUR) is not None
