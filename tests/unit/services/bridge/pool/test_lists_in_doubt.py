"""How many lists are in doubt, of however many: each is looked at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from openjpki.services.bridge.pool.lists_in_doubt import ends_of_doubts, measure_doubts
from openjpki.telemetry.metrics import REGISTRY

AT = 1_800_000_000
DAY = 86_400


class Listed:
    """What is asked of a list, and how often."""

    key_identifier = b"key"
    is_delta = False
    asked = 0

    def __init__(self, row: bytes, day: int, *, is_processed: bool) -> None:
        self.row = row
        self.this_update = AT + day * DAY
        self.next_update = self.this_update + 2 * DAY
        self.is_processed = is_processed

    @property
    def issuer(self) -> bytes:
        """As the module compiled gives it: made anew each time."""
        Listed.asked += 1
        return b"issuer"


def used(row: bytes, day: int) -> Any:
    return Listed(row, day, is_processed=True)


def doubt(row: bytes, day: int) -> Any:
    return Listed(row, day, is_processed=False)


def end_of(day: int) -> datetime:
    return datetime.fromtimestamp(AT + (day + 2) * DAY, UTC)


def test_a_later_list_of_its_row_ends_a_doubt() -> None:
    assert ends_of_doubts([used(b"a", 1), doubt(b"a", 1)]) == [end_of(1)]
    assert ends_of_doubts([used(b"a", 2), doubt(b"a", 1), used(b"a", 0)]) == []
    assert ends_of_doubts([doubt(b"a", 1), used(b"b", 2), doubt(b"b", 3)]) == [end_of(1), end_of(3)]


def test_each_list_is_looked_at_once() -> None:
    lists = [kind(b"%d" % row, 1) for row in range(300) for kind in (used, doubt)]
    before = Listed.asked
    assert len(ends_of_doubts(lists)) == 300
    assert Listed.asked - before == len(lists)


def test_a_doubt_that_is_over_counts_no_more() -> None:
    """Though nobody has looked at the pool since."""

    class Clock:
        at = end_of(1) - timedelta(seconds=1)

        def now(self) -> datetime:
            return self.at

    clock = Clock()
    measure_doubts(ends_of_doubts([doubt(b"a", 1), doubt(b"b", 2)]), clock)

    def counted() -> float | None:
        return REGISTRY.get_sample_value("openjpki_pool_lists_in_doubt")

    assert counted() == 2
    clock.at = end_of(1)
    assert counted() == 1
    clock.at = end_of(2)
    assert counted() == 0
