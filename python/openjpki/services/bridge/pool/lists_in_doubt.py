"""How many lists of the pool are in doubt (ADR 26), as it is measured."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import moment
from openjpki.services.bridge.pool.elements import row_of
from openjpki.telemetry.metrics import POOL_LISTS_IN_DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openjpki.domain.clock import Clock
    from openjpki.signer_core import PathRevocationList

_NEVER = datetime.max.replace(tzinfo=UTC)


def ends_of_doubts(lists: Iterable[PathRevocationList]) -> list[datetime]:
    """When each ends by itself that determines no status, and that no later one of its row has
    ended. Each list is looked at once: a partner may have many of both kinds."""
    used: dict[tuple[object, ...], int] = {}
    doubts = []
    for one in lists:
        row, made = row_of(one), one.this_update
        if one.is_processed:
            used[row] = max(made, used.get(row, made))
        else:
            doubts.append((row, made, one.next_update))
    return [
        _NEVER if end is None else moment(end)
        for row, made, end in doubts
        if row not in used or used[row] <= made
    ]


def measure_doubts(ends: Sequence[datetime], clock: Clock) -> None:
    """From now on: nobody has to look at the pool for one of them to end."""
    POOL_LISTS_IN_DOUBT.set_function(partial(_left, ends, clock))


def _left(ends: Sequence[datetime], clock: Clock) -> int:
    now = clock.now()
    return sum(now < end for end in ends)
