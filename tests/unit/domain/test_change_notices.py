"""Numbers of change notices: whatever a network does to calls, each notice is taken once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openjpki.domain.change_notices import (
    AHEAD,
    ChangeNotice,
    NoticeBatch,
    require_same,
    taken_before,
)
from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason

NOW = datetime(2027, 3, 25, tzinfo=UTC)
SENT = [ChangeNotice(bytes([number]) * 32, NOW) for number in range(40)]


def batch(first: int, notices: list[ChangeNotice]) -> NoticeBatch:
    return NoticeBatch(municipality=Municipality("13101"), first=first, notices=tuple(notices))


class Receiver:
    """What a service keeps: it takes a call whole or not at all."""

    def __init__(self) -> None:
        self.taken: list[ChangeNotice] = []

    def take(self, one: NoticeBatch) -> int:
        before = taken_before(len(self.taken), one)
        known = dict(enumerate(self.taken, 1))
        require_same(known, one, before)
        self.taken += one.notices[before:]
        return len(self.taken)


@given(
    calls=st.lists(
        st.tuples(st.integers(1, len(SENT)), st.integers(1, 12), st.booleans()), max_size=60
    )
)
def test_duplicates_reordering_and_stops_lose_nothing_and_double_nothing(
    calls: list[tuple[int, int, bool]],
) -> None:
    """Calls that begin anywhere, in any order; of some the answer is lost, and the sender goes on
    from where it asks."""
    receiver = Receiver()
    for first, length, resumes in calls:
        begin = len(receiver.taken) + 1 if resumes else first
        notices = SENT[begin - 1 : begin - 1 + length]
        if not notices:
            continue
        position = len(receiver.taken)
        if begin > position + 1:
            with pytest.raises(OpenJpkiError) as refused:
                receiver.take(batch(begin, notices))
            assert refused.value.reason is Reason.NOTICE_GAP
            assert refused.value.metadata["expected"] == str(position + 1)
            assert len(receiver.taken) == position
        else:
            reached = receiver.take(batch(begin, notices))
            assert reached == max(position, begin - 1 + len(notices))
        assert receiver.taken == SENT[: len(receiver.taken)]
    # Resumed from where it says, everything comes.
    while len(receiver.taken) < len(SENT):
        begin = len(receiver.taken) + 1
        receiver.take(batch(begin, SENT[begin - 1 : begin + 6]))
    assert receiver.taken == SENT


@given(place=st.integers(0, 9), length=st.integers(1, 10), other=st.booleans())
def test_a_replay_with_other_content_is_refused_and_told(
    place: int, length: int, other: bool
) -> None:
    receiver = Receiver()
    receiver.take(batch(1, SENT[:10]))
    notices = SENT[place : place + length]
    changed = notices[-1]
    notices[-1] = (
        ChangeNotice(bytes(31) + b"\xff", changed.noticed_at)
        if other
        else ChangeNotice(changed.link, changed.noticed_at + timedelta(seconds=1))
    )
    number = place + len(notices)
    if number > 10:
        assert receiver.take(batch(place + 1, notices)) == number
        return
    with pytest.raises(OpenJpkiError) as refused:
        receiver.take(batch(place + 1, notices))
    assert refused.value.reason is Reason.NOTICE_DIFFERS
    assert refused.value.metadata["sequence"] == str(number)
    assert receiver.taken == SENT[:10]


def test_a_change_that_lies_ahead_is_refused() -> None:
    one = batch(1, [ChangeNotice(bytes(32), NOW + AHEAD)])
    one.require_past(NOW)
    with pytest.raises(OpenJpkiError) as refused:
        one.require_past(NOW - timedelta(seconds=1))
    assert (refused.value.reason, refused.value.field) == (
        Reason.INVALID_FIELD,
        "notices[0].noticed_at",
    )
