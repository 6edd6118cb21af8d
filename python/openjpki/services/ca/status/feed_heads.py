"""How far every feed has come, read once for all who follow."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ca.feed_signal import FeedSignal
    from openjpki.storage.ca.feed import Position
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.unreadable import Unreadable

HEADS_MAX_AGE_SECONDS = 0.1
"""Seconds that one reading serves every stream, unless a feed is known to have grown since."""


@dataclass(frozen=True, slots=True)
class Heads:
    """One reading."""

    positions: Mapping[AuthorityId, Position]
    """Without those that can't be read."""
    whole: bool
    """Whether there was none of those: an authority without a position is none here."""
    changes: int
    """The signal's count before it: what is committed after that is not missed."""
    read_at: float
    as_of: datetime
    """Before it, by the clock: whatever had been committed by then is in it."""


class FeedHeads:
    """The newest reading; whoever needs a newer one reads, the others wait for it."""

    def __init__(self, database: Database, signal: FeedSignal, clock: Clock) -> None:
        self._database = database
        self._signal = signal
        self._clock = clock
        self._lock = Lock()
        self._newest: Heads | None = None

    def read(self) -> Heads:
        """Raises ``SERVICE_UNAVAILABLE``."""
        with self._lock:
            changes, now = self._signal.changes, monotonic()
            newest = self._newest
            if (
                newest is None
                or newest.changes != changes
                or now - newest.read_at >= HEADS_MAX_AGE_SECONDS
            ):
                as_of = self._clock.now()
                with self._database.reading() as tx:
                    unreadable: list[Unreadable] = []
                    known = feed.positions(tx, left_out=unreadable.append)
                for one in unreadable:
                    tell_left_out(one)
                newest = Heads(known, not unreadable, changes, now, as_of)
                self._newest = newest
            return newest
