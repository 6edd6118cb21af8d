"""How many lists of the pool are in doubt (ADR 26), as it is measured."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import moment
from openjpki.telemetry.metrics import POOL_LISTS_IN_DOUBT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openjpki.domain.clock import Clock
    from openjpki.signer_core import PathRevocationList

_NEVER = datetime.max.replace(tzinfo=UTC)


def ends_of_doubts(newest: Iterable[PathRevocationList]) -> list[datetime]:
    """When each ends by itself that determines no status. What a later list has ended is none of
    the ``newest`` any more (:func:`~openjpki.services.bridge.pool.around_doubt.end_doubts`)."""
    ends = (one.next_update for one in newest if not one.is_processed)
    return [_NEVER if end is None else moment(end) for end in ends]


def measure_doubts(ends: Sequence[datetime], clock: Clock) -> None:
    """From now on: nobody has to look at the pool for one of them to end."""
    POOL_LISTS_IN_DOUBT.set_function(partial(_left, ends, clock))


def _left(ends: Sequence[datetime], clock: Clock) -> int:
    now = clock.now()
    return sum(now < end for end in ends)
