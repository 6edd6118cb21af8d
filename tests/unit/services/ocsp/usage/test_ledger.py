"""The days that counts belong to, and that each is written once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest

from openjpki.domain.agreements import Way
from openjpki.domain.authority import AuthorityId
from openjpki.domain.usage import Counted, DayCount
from openjpki.services.ocsp.usage.ledger import Ledger

DAY = date(2027, 4, 1)
NEXT = DAY + timedelta(days=1)
OCSP, GRPC = (
    Counted("tax-office", AuthorityId.signing("13"), way) for way in (Way.OCSP_HTTP, Way.GRPC)
)


def unwritten(ledger: Ledger, last: date) -> list[DayCount]:
    """In order."""
    return sorted(ledger.unwritten(last), key=lambda one: (one.day, one.of.way.value))


def test_what_grew_belongs_to_the_day_on_which_it_is_taken() -> None:
    ledger = Ledger(DAY)
    assert not ledger.is_changed
    ledger.take([(OCSP, 3), (GRPC, 1)], DAY)
    first = unwritten(ledger, DAY)
    assert first == [DayCount(DAY, GRPC, 1), DayCount(DAY, OCSP, 3)]
    ledger.written(first, DAY)
    assert not ledger.is_changed
    ledger.take([(OCSP, 4)], DAY)
    ledger.take([(OCSP, 9)], NEXT)
    assert unwritten(ledger, NEXT) == [DayCount(DAY, OCSP, 4), DayCount(NEXT, OCSP, 5)]


def test_what_was_perhaps_not_written_is_written_whole_again() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 3)], DAY)
    assert unwritten(ledger, DAY) == [DayCount(DAY, OCSP, 3)]
    ledger.take([(OCSP, 5)], DAY)
    assert unwritten(ledger, DAY) == [DayCount(DAY, OCSP, 5)]


def test_what_grew_while_it_was_written_is_still_to_be_written() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 3)], DAY)
    sent = unwritten(ledger, DAY)
    ledger.take([(OCSP, 4)], DAY)
    ledger.written(sent, DAY)
    assert unwritten(ledger, DAY) == [DayCount(DAY, OCSP, 4)]


def test_a_clock_that_is_ahead_names_no_day() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 3)], NEXT)
    ledger.take([(OCSP, 4)], DAY)
    assert unwritten(ledger, DAY) == [DayCount(DAY, OCSP, 4)]


def test_what_the_database_may_have_of_a_day_stays_there() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 3)], NEXT)
    assert unwritten(ledger, NEXT) == [DayCount(NEXT, OCSP, 3)]
    # The answer was lost, and another server's clock is a day behind.
    ledger.take([(OCSP, 4)], DAY)
    assert unwritten(ledger, DAY) == [DayCount(DAY, OCSP, 1), DayCount(NEXT, OCSP, 3)]


def test_nothing_comes_for_a_day_that_may_be_complete() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 3)], DAY)
    ledger.written(unwritten(ledger, NEXT), NEXT)
    ledger.take([(OCSP, 4)], DAY)
    assert unwritten(ledger, DAY) == [DayCount(NEXT, OCSP, 1)]


def test_another_epoch_has_what_no_other_one_has() -> None:
    ledger = Ledger(DAY)
    ledger.take([(OCSP, 9), (GRPC, 2)], DAY)
    rest = ledger.rest({OCSP: 4, GRPC: 2}, NEXT)
    assert unwritten(rest, NEXT) == [DayCount(NEXT, OCSP, 5)]
    rest.take([(OCSP, 10), (GRPC, 3)], NEXT)
    assert unwritten(rest, NEXT) == [DayCount(NEXT, GRPC, 1), DayCount(NEXT, OCSP, 6)]
    assert not ledger.rest({OCSP: 9, GRPC: 2}, NEXT).is_changed


@pytest.mark.parametrize("seed", range(20))
def test_whatever_clocks_say_and_is_lost_the_sum_is_what_was_told(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    total = 0
    kept: list[dict[tuple[date, Counted], int]] = [{}]
    ledger = Ledger(DAY)
    for step in range(200):
        total += chance.randrange(5)
        ledger.take([(OCSP, total)], DAY + timedelta(days=step // 50 + chance.randrange(-2, 3)))
        if chance.random() < 0.2:
            continue
        day = DAY + timedelta(days=step // 50 + chance.choice((0, 0, 0, -1, 1)))
        sent = ledger.unwritten(day)
        arrives, is_answered = chance.random() < 0.8, chance.random() < 0.8
        if arrives and chance.random() < 0.05:
            # It was sealed.
            kept.append({})
            ledger = ledger.rest(summed(kept), day)
            continue
        if arrives:
            for one in sent:
                before = kept[-1].get((one.day, one.of), 0)
                kept[-1][one.day, one.of] = max(before, one.told)
        if arrives and is_answered:
            ledger.written(sent, day)
    for one in ledger.unwritten(NEXT + timedelta(days=9)):
        kept[-1][one.day, one.of] = max(kept[-1].get((one.day, one.of), 0), one.told)
    assert summed(kept)[OCSP] == total


def summed(kept: list[dict[tuple[date, Counted], int]]) -> Counter[Counted]:
    """Over all epochs and days."""
    found: Counter[Counted] = Counter()
    for epoch in kept:
        for (_, of), told in epoch.items():
            found[of] += told
    return found
