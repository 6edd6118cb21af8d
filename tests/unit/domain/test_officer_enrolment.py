"""How long an officer's key is to count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from openjpki.domain.officers import KeyPeriod
from openjpki.domain.officers.enrolment import LONGEST_VALIDITY, RENEWAL_OVERLAP, USUAL_VALIDITY
from openjpki.domain.policy import EvidencePolicy
from openjpki.errors import OpenJpkiError, Reason

NOW = datetime(2026, 11, 28, 3, 0, 0, 500_000, tzinfo=UTC)
SECOND = NOW.replace(microsecond=0)
DAY = timedelta(days=1)


def test_usually_a_year_from_now() -> None:
    assert KeyPeriod.of(None, None, now=NOW) == KeyPeriod(SECOND, SECOND + USUAL_VALIDITY)


def test_nothing_counts_that_was_signed_before_anybody_vouched() -> None:
    period = KeyPeriod.of(NOW - 9 * DAY, NOW + DAY, now=NOW)
    assert period == KeyPeriod(SECOND, NOW + DAY)
    assert period.beginning_now(NOW + timedelta(hours=1)).not_before == SECOND + timedelta(hours=1)
    later = KeyPeriod.of(SECOND + 9 * DAY, None, now=NOW)
    assert later.beginning_now(NOW + DAY) == later


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (None, NOW - DAY),
        (None, SECOND),
        (SECOND + 2 * DAY, SECOND + DAY),
        (None, SECOND + LONGEST_VALIDITY + timedelta(seconds=1)),
    ],
)
def test_a_period_that_is_over_or_too_long_is_refused(
    begin: datetime | None, end: datetime
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        KeyPeriod.of(begin, end, now=NOW)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "not_after")


def test_the_last_year_that_there_is_is_a_time_like_any_other() -> None:
    last = datetime.max.replace(microsecond=0, tzinfo=UTC)
    assert KeyPeriod.of(last - DAY, last, now=NOW) == KeyPeriod(last - DAY, last)
    for begin in (last, last - DAY):
        with pytest.raises(OpenJpkiError) as refused:
            KeyPeriod.of(begin, None, now=NOW)
        assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "not_before")


def test_what_was_proposed_may_have_passed_when_it_is_approved() -> None:
    with pytest.raises(OpenJpkiError):
        KeyPeriod(SECOND, SECOND + DAY).beginning_now(NOW + DAY)


def test_a_renewed_key_counts_as_long_as_its_statements_wait() -> None:
    policy = EvidencePolicy()
    assert max(policy.submitted_within, policy.checked_within) <= RENEWAL_OVERLAP
