"""The time that disposing goes by: never ahead of the time that passed while somebody watched.

What is disposed of does not come back, and a clock may be wrong by years for a minute. So a period
is not over because a clock says so. Each database keeps how far time has come; it moves on

* by no more than a service counted since it looked last, by the counter of its processor, which
  nobody sets, and
* to no later than the service's clock and the database's say.

So a clock that jumps ahead disposes of nothing, and one that jumps back takes it along, which only
delays. Time in which no service ran is not counted either: what is due is disposed of later by as
much, and when that has become too long, an operator says which day it is (``openjpki journal
confirm-time``).

What else is done for good because time has passed goes by it too (:func:`surely_now`,
:func:`surely_passed`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.retention import RetentionClass
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel import journal_time
from openjpki.storage.kernel.acts import TIME, Act
from openjpki.telemetry.metrics import JOURNAL_TIME_BEHIND

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.transaction import Reading, Transaction

STREAM = "journal"
"""Of the journal: acts on the journal itself."""
TIME_CONFIRMED = Act(
    "journal.time_confirmed", RetentionClass.ADMINISTRATION, {"before": TIME, "reached": TIME}
)


@dataclass(frozen=True, slots=True)
class _Seen:
    reached: datetime
    at: float
    """By the counter, when the row was known to say so."""


class JournalTime:
    """Of one database, for one process. Called by one thread."""

    def __init__(
        self, database: Database, clock: Clock, *, counter: Callable[[], float] = time.monotonic
    ) -> None:
        """``counter``: seconds that passed, from any beginning; never set."""
        self._database = database
        self._clock = clock
        self._counter = counter
        self._seen: _Seen | None = None

    def now(self) -> datetime:
        """Moved on by what passed since the last call here. Raises ``SERVICE_UNAVAILABLE``."""
        passed = timedelta(0)
        if self._seen is not None:
            passed = timedelta(seconds=max(self._counter() - self._seen.at, 0.0))
        reached = self._database.run(lambda tx: self._move(tx, passed))
        # Read after the row was: of what passed, none is counted twice.
        self._seen = _Seen(reached, self._counter())
        behind = (self._clock.now() - reached).total_seconds()
        JOURNAL_TIME_BEHIND.set(max(behind, 0.0))
        return reached

    def _move(self, tx: Transaction, passed: timedelta) -> datetime:
        limit = _limit(tx, self._clock)
        kept = journal_time.take(tx, limit)
        # Others moved it meanwhile by what they counted: no time is added twice.
        counted = kept if self._seen is None else max(kept, self._seen.reached + passed)
        reached = min(counted, limit)
        if reached != kept:
            journal_time.put(tx, reached)
        return reached


def surely_now(tx: Transaction, clock: Clock) -> datetime:
    """No later than it is, whatever a clock says that is ahead for a minute."""
    limit = _limit(tx, clock)
    return min(journal_time.take(tx, limit), limit)


def surely_passed(tx: Reading, clock: Clock, since: datetime, least: timedelta) -> bool:
    """Whether so much time has passed, whatever a clock says that is ahead for a minute."""
    reached = journal_time.reached(tx)
    return reached is not None and min(reached, clock.now()) - since > least


def confirm_time(
    database: Database, journal: Journal, clock: Clock, *, today: date, actor: str
) -> tuple[datetime, datetime]:
    """An operator's word on which day it is: from when to when the time of the journal moved.

    ``today``: in UTC, as the operator knows it, and not from this machine. Raises ``INVALID_FIELD``
    where the clocks of the service and of the database say another day.
    """

    def work(tx: Transaction) -> tuple[datetime, datetime]:
        limit = _limit(tx, clock)
        if limit.astimezone(UTC).date() != today or clock.now().astimezone(UTC).date() != today:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "is not the day, in UTC, that the clocks of this machine and of the database say;"
                " set right which of them is wrong",
                field="today",
            )
        before = journal_time.take(tx, limit)
        journal_time.put(tx, limit)
        journal.append(
            tx,
            TIME_CONFIRMED,
            stream=STREAM,
            actor=actor,
            subject=STREAM,
            at=limit,
            details={"before": _text(before), "reached": _text(limit)},
        )
        return before, limit

    return database.run(work)


def _limit(tx: Reading, clock: Clock) -> datetime:
    now = clock.now()
    of_database = journal_time.of_database(tx)
    return now if of_database is None else min(now, of_database)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
