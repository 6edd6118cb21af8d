"""What this replica has told, written to the database each second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from openjpki.domain.usage import day_of
from openjpki.services.ocsp.usage.counted_day import counted_day, first_open
from openjpki.services.ocsp.usage.ledger import Ledger
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.presence import SAYS_SO_SECONDS
from openjpki.services.ocsp.usage.reading import counts_of
from openjpki.storage.ocsp import usage, usage_unknown
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from openjpki.domain.clock import Clock
    from openjpki.domain.usage import DayCount
    from openjpki.signer_core import UsageCount
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

T = TypeVar("T")

WRITE_SECONDS = 1.0
"""Seconds between writings: with its machine a replica loses what it told in so long, or since the
database went away."""
CHECK_SECONDS = 600.0
"""Seconds between looks whether the database still has all that was written: one that another took
the place of, or that was set back, may lack the newest of it."""
LONGEST_CHECK_PAUSE = 600.0
"""Seconds at most between looks that fail: each goes through all that the run wrote."""

_log = get_logger("usage")


@dataclass(frozen=True, slots=True)
class _Open:
    """An epoch that is written to, and what is counted for it."""

    epoch: str
    ledger: Ledger


class UsageWriter:
    """Of one run. Used by one thread at a time."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        take: Callable[[], list[UsageCount]],
        *,
        run: bytes,
        random: Callable[[int], bytes],
        counter: Callable[[], float] = time.monotonic,
    ) -> None:
        """``take``: whole counts of what has grown. ``counter``: seconds that passed, from any
        beginning; never set."""
        self._database = database
        self._clock = clock
        self._take = take
        self._run = run.hex()
        self._random = random
        self._counter = counter
        self._open: _Open | None = None
        self._said_at: float | None = None
        self._checked_at: float | None = None
        """None: to be looked at when all is written."""

    def write(self) -> None:
        """Write what has grown. What can't be written now is written later. Raises
        ``SERVICE_UNAVAILABLE``."""
        today = day_of(self._clock.now())
        if self._open is None:
            self._open = self._begun(Ledger(today))
        ledger = self._open.ledger
        ledger.take(counts_of(self._take()), today)
        if not (ledger.is_changed or self._is_silent()) or self._flush(self._open):
            return
        _log.warning("the epoch of usage is sealed, or its day closed, and another begins")
        self._open = self._begun(ledger)

    def check(self) -> None:
        """Look whether the database has all that was written, where it is time to. Raises
        ``SERVICE_UNAVAILABLE``, ``STORED_UNREADABLE``."""
        if self._open is None or self._open.ledger.is_changed or not self._is_unchecked():
            return
        ledger, started = self._open.ledger, self._counter()
        with self._database.reading() as tx:
            kept = usage.of_run(tx, self._run)
        if any(kept.get(of, 0) < told for of, told in ledger.totals.items()):
            _log.warning("the database lacks usage that was written, and another epoch begins")
            # This one's counts are taken for written.
            self._open = self._begun(ledger)
        self._checked_at = started

    def stop(self) -> None:
        """Write what there is, and that nothing more comes. Raises ``SERVICE_UNAVAILABLE``,
        ``STORED_UNREADABLE``."""
        self._said_at = self._checked_at = None
        self.write()
        self.check()
        self._open = None
        self._database.run(self._sealed)

    def _sealed(self, tx: Transaction) -> None:
        usage.seal_run(tx, self._run, at=moment_of(tx, self._clock))
        usage_unknown.know(tx, self._run)

    def _is_silent(self) -> bool:
        return self._said_at is None or self._counter() - self._said_at >= SAYS_SO_SECONDS

    def _is_unchecked(self) -> bool:
        checked_at = self._checked_at
        return checked_at is None or self._counter() - checked_at >= CHECK_SECONDS

    def _flush(self, to: _Open) -> bool:
        """Whether more may be written to the epoch, which has all that was taken: it is not sealed,
        and has nothing of a day that is closed."""

        def work(tx: Transaction) -> tuple[bool, list[DayCount], date]:
            now, day = moment_of(tx, self._clock), counted_day(tx, self._clock)
            counts = to.ledger.unwritten(day)
            first = first_open(tx, self._clock)
            kept = all(one.day >= first for one in counts)
            return kept and usage.flush(tx, to.epoch, counts, at=now), counts, day

        kept, counts, day = self._written(work)
        if kept:
            to.ledger.written(counts, day)
        return kept

    def _begun(self, ledger: Ledger) -> _Open:
        """An epoch of its own, with what no other one of this run has; those take no more. One
        whose beginning nobody heard of, too: it would be taken for silent."""

        def work(tx: Transaction) -> tuple[_Open, list[DayCount], date]:
            now = moment_of(tx, self._clock)
            usage.seal_run(tx, self._run, at=now)
            day = counted_day(tx, self._clock)
            rest = ledger.rest(usage.of_run(tx, self._run), day)
            counts = rest.unwritten(day)
            usage_unknown.know(tx, self._run)
            begun = _Open(self._random(16).hex(), rest)
            usage.begin_with(tx, begun.epoch, counts, run=self._run, at=now)
            return begun, counts, day

        begun, counts, day = self._written(work)
        begun.ledger.written(counts, day)
        return begun

    def _written(self, work: Callable[[Transaction], T]) -> T:
        checked_at = self._checked_at
        # Should it fail, the database may be another one when it is back.
        self._checked_at = None
        done = self._database.run(work)
        self._checked_at = checked_at
        self._said_at = self._counter()
        return done
