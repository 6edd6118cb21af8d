"""Dropping from the status index what has ended (R3.2).

What was dropped is answered as unknown until a snapshot is read, so no clock alone decides it: only
as much time is over as passed here since ca said what time it is, and no more than the clock says.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import KEPT_AFTER_END

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Statuses
    from openjpki.signer_core import StatusIndex


def forget_ended(status: AuthorityStatus, now: datetime) -> int:
    """Drop an authority's certificates that ended more than :data:`KEPT_AFTER_END` ago from the
    index; how many. They are answered as unknown from then on."""
    before = int((now - KEPT_AFTER_END).timestamp())
    position = status.position
    return 0 if position is None else position.index.forget_ended(before)


@dataclass(frozen=True, slots=True)
class _Loaded:
    index: StatusIndex
    as_of: datetime
    """When it was seen first, as ca said."""
    at: float
    """By the counter."""


@dataclass(slots=True)
class IndexSweep:
    """Forgets what has ended, one authority at a time: looking through a whole country's
    certificates at once would take a processor for seconds."""

    statuses: Statuses
    clock: Clock
    counter: Callable[[], float] = time.monotonic
    """Seconds that passed, from any beginning; never set."""
    _turn: int = 0
    _loaded: dict[AuthorityId, _Loaded] = field(default_factory=dict)

    def __call__(self) -> None:
        known = self.statuses.all()
        if known:
            status = known[self._turn % len(known)]
            self._turn += 1
            forget_ended(status, min(self.clock.now(), self._passed(status)))

    def _passed(self, status: AuthorityStatus) -> datetime:
        """Which time it is by what ca said when this index was seen first, and what passed since
        then."""
        position = status.position
        if position is None:
            return self.clock.now()
        loaded = self._loaded.get(status.authority_id)
        if loaded is None or loaded.index is not position.index:
            loaded = _Loaded(position.index, position.as_of, self.counter())
            self._loaded[status.authority_id] = loaded
        return loaded.as_of + timedelta(seconds=self.counter() - loaded.at)
