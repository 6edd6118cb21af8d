"""How long a status may be told, and what an answer says of that: rules of time alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.staleness import Staleness

GOOD, REVOKED, UNKNOWN = CertificateStatus
HOURS = timedelta(hours=1)
BOUNDS = Staleness(timedelta(seconds=5), 6 * HOURS)
AS_OF = datetime(2026, 4, 1, 9, 0, 0, 700_000, tzinfo=UTC)

moments = st.integers(1_600_000_000_000_000, 2_200_000_000_000_000).map(
    lambda microseconds: datetime.fromtimestamp(microseconds / 1e6, UTC)
)
ages = st.timedeltas(timedelta(0), timedelta(days=400))
staleness = st.builds(
    Staleness,
    st.floats(0.5, 3600).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(1, 86_400).map(lambda seconds: timedelta(seconds=seconds)),
)
statuses = st.sampled_from(CertificateStatus)


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(0), {GOOD, REVOKED, UNKNOWN}),
        (timedelta(seconds=5), {GOOD, REVOKED, UNKNOWN}),
        (timedelta(seconds=5, microseconds=1), {GOOD, REVOKED}),
        (6 * HOURS - timedelta(seconds=1), {GOOD, REVOKED}),
        # The bound counts from the second that an answer names: 9:00:00, not 9:00:00.7.
        (6 * HOURS - timedelta(milliseconds=700), {REVOKED}),
        (400 * 24 * HOURS, {REVOKED}),
    ],
)
@pytest.mark.requirement("R4.1.1")
def test_what_is_told_at_which_age(age: timedelta, told: set[CertificateStatus]) -> None:
    assert {one for one in CertificateStatus if BOUNDS.may_tell(one, AS_OF, AS_OF + age)} == told


@given(moments, ages, staleness)
def test_revoked_is_told_at_every_age_and_nothing_else_past_the_bound(
    as_of: datetime, age: timedelta, bounds: Staleness
) -> None:
    now = as_of + age
    assert bounds.may_tell(REVOKED, as_of, now)
    if age >= bounds.max_staleness:
        assert not bounds.may_tell(GOOD, as_of, now)
    if age > bounds.freshness:
        assert not bounds.may_tell(UNKNOWN, as_of, now)
    # Whoever may hear that a number was never issued may also hear that another one is good.
    if bounds.may_tell(UNKNOWN, as_of, now):
        assert bounds.may_tell(GOOD, as_of, now)


@given(statuses, moments, ages, ages, staleness)
def test_what_may_no_longer_be_told_is_not_told_later(
    status: CertificateStatus, as_of: datetime, age: timedelta, more: timedelta, bounds: Staleness
) -> None:
    now = as_of + age
    if not bounds.may_tell(status, as_of, now):
        assert not bounds.may_tell(status, as_of, now + more)
