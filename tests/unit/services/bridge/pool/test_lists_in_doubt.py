"""How many lists are in doubt, of those that are the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from openjpki.services.bridge.pool.lists_in_doubt import ends_of_doubts, measure_doubts
from openjpki.telemetry.metrics import REGISTRY

AT = 1_800_000_000
DAY = 86_400


class Listed:
    """What is asked of a list."""

    def __init__(self, day: int, *, is_processed: bool) -> None:
        self.next_update = AT + (day + 2) * DAY
        self.is_processed = is_processed


def used(day: int) -> Any:
    return Listed(day, is_processed=True)


def doubt(day: int) -> Any:
    return Listed(day, is_processed=False)


def end_of(day: int) -> datetime:
    return datetime.fromtimestamp(AT + (day + 2) * DAY, UTC)


def test_what_is_among_the_newest_is_not_ended() -> None:
    """Whether a later list ends one is decided where that is taken in: a delta list that came later
    does not, and this must not say that it did."""
    assert ends_of_doubts([used(2), doubt(1), used(0), doubt(3)]) == [end_of(1), end_of(3)]


def test_a_doubt_that_is_over_counts_no_more() -> None:
    """Though nobody has looked at the pool since."""

    class Clock:
        at = end_of(1) - timedelta(seconds=1)

        def now(self) -> datetime:
            return self.at

    clock = Clock()
    measure_doubts(ends_of_doubts([doubt(1), doubt(2)]), clock)

    def counted() -> float | None:
        return REGISTRY.get_sample_value("openjpki_pool_lists_in_doubt")

    assert counted() == 2
    clock.at = end_of(1)
    assert counted() == 1
    clock.at = end_of(2)
    assert counted() == 0
