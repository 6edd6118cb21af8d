"""Window ids, officer ids and the CN built from them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.window import OfficerId, SubjectCommonName, WindowId
from openjpki.errors import OpenJpkiError, Reason

WINDOW = WindowId("13101001A")


def reason_of(act: Callable[[], object]) -> Reason:
    with pytest.raises(OpenJpkiError) as refusal:
        act()
    return refusal.value.reason


def test_window_belongs_to_its_municipality() -> None:
    assert WindowId.parse("13101001A").municipality.name == "千代田区"


@pytest.mark.parametrize(
    "text", ["", "13101001a", "1310100A", "13101001AA", "13101001Ａ", "13101001A\n"]
)
def test_windows_refused(text: str) -> None:
    assert reason_of(lambda: WindowId.parse(text)) is Reason.INVALID_FIELD
    assert reason_of(lambda: WindowId(text)) is Reason.INVALID_FIELD


def test_window_of_an_unknown_municipality() -> None:
    assert reason_of(lambda: WindowId.parse("99999001A")) is Reason.UNKNOWN_MUNICIPALITY


def test_common_name_is_written_in_japan_time() -> None:
    name = SubjectCommonName(datetime(2026, 3, 31, 15, 0, 1, tzinfo=UTC), 7, WINDOW)
    assert name.text == "202604010000010000713101001A"


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(9000, 1, 1)),  # noqa: DTZ001
    st.integers(0, 99_999),
)
def test_common_names_are_read_back(moment: datetime, sequence: int) -> None:
    name = SubjectCommonName(moment.replace(microsecond=0, tzinfo=UTC), sequence, WINDOW)
    assert len(name.text) == 28
    assert SubjectCommonName.parse(name.text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("202602300000000000113101001A", Reason.DATE_DOES_NOT_EXIST),
        ("202604012400000000113101001A", Reason.DATE_DOES_NOT_EXIST),
        ("202604010000000000199999001A", Reason.UNKNOWN_MUNICIPALITY),
        ("20260401000000000113101001A", Reason.INVALID_FIELD),
        ("202604010000000000113101001A ", Reason.INVALID_FIELD),
    ],
)
def test_common_names_refused(text: str, reason: Reason) -> None:
    assert reason_of(lambda: SubjectCommonName.parse(text)) is reason


def test_common_names_that_cannot_be_built() -> None:
    moment = datetime(2026, 4, 1, tzinfo=UTC)
    assert reason_of(lambda: SubjectCommonName(moment, 100_000, WINDOW)) is Reason.INVALID_FIELD
    assert reason_of(lambda: SubjectCommonName(moment, -1, WINDOW)) is Reason.INVALID_FIELD
    for bad in (moment.replace(tzinfo=None), moment.replace(microsecond=1)):
        with pytest.raises(ValueError, match="time zone"):
            SubjectCommonName(bad, 1, WINDOW)


@pytest.mark.parametrize("text", ["a", "officer-1", "13101.window_2", "0" * 64])
def test_officer_ids(text: str) -> None:
    assert OfficerId.parse(text).text == text


@pytest.mark.parametrize("text", ["", "-a", "a-", "A", "山田", "a b", "a/b", "a" * 65, "a\n"])
def test_officer_ids_refused(text: str) -> None:
    assert reason_of(lambda: OfficerId.parse(text, field="decided_by")) is Reason.INVALID_FIELD
    assert reason_of(lambda: OfficerId(text)) is Reason.INVALID_FIELD
