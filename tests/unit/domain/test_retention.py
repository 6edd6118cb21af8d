"""How long the books are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openjpki.domain.retention import RetentionClass

AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
EXPIRY = datetime(2029, 4, 1, 14, 59, 59, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_administration_is_kept_ten_years_from_the_act() -> None:
    retention = RetentionClass.ADMINISTRATION
    assert retention.begins(AT, None) == AT
    assert retention.over_before(moment("2036-04-01T09:00:00")) == AT


@pytest.mark.parametrize(
    "retention", [RetentionClass.AUTHORITY_KEYS, RetentionClass.USER_CERTIFICATES]
)
def test_records_of_a_certificate_are_kept_ten_years_from_its_expiry(
    retention: RetentionClass,
) -> None:
    assert retention.begins(AT, EXPIRY) == EXPIRY
    assert retention.over_before(moment("2039-04-01T14:59:59")) == EXPIRY


def test_a_record_made_after_expiry_counts_from_itself() -> None:
    later = moment("2031-01-01T00:00:00")
    assert RetentionClass.USER_CERTIFICATES.begins(later, EXPIRY) == later


@pytest.mark.parametrize(
    ("retention", "begins"),
    [
        (RetentionClass.USER_CERTIFICATES, "2029-04-02T09:00:00"),
        (RetentionClass.AUTHORITY_KEYS, "2036-04-02T09:00:00"),
    ],
)
def test_a_record_of_no_certificate_is_kept_as_if_one_had_been_made(
    retention: RetentionClass, begins: str
) -> None:
    assert retention.begins(AT, None) == moment(begins)


def test_operations_are_kept_until_both_audits_are_complete() -> None:
    retention = RetentionClass.OPERATIONS
    assert retention.begins(AT, EXPIRY) == AT
    assert retention.over_before(moment("2099-01-01T00:00:00")) is None
    assert retention.over_before(moment("2027-01-01T00:00:00"), EXPIRY) == moment(
        "2027-01-01T00:00:00"
    )
    assert retention.over_before(moment("2099-01-01T00:00:00"), EXPIRY) == EXPIRY


@pytest.mark.parametrize(
    ("now", "before"),
    [
        ("2038-02-28T09:00:00", "2028-02-28T09:00:00"),
        ("2038-03-01T09:00:00", "2028-03-01T09:00:00"),
        ("2040-02-29T09:00:00", "2030-02-28T09:00:00"),
    ],
)
def test_the_29th_of_february_is_never_over_too_soon(now: str, before: str) -> None:
    assert RetentionClass.ADMINISTRATION.over_before(moment(now)) == moment(before)


def test_a_period_begins_on_the_first_of_march_where_there_is_no_29th() -> None:
    leap_day = moment("2028-02-29T09:00:00")
    assert RetentionClass.USER_CERTIFICATES.begins(leap_day, None) == moment("2031-03-02T09:00:00")
