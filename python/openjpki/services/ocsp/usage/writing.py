"""What this replica has told, written to the database each second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.usage import day_of
from openjpki.services.ocsp.usage.ledger import Ledger
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.reading import counts_of
from openjpki.storage.ocsp import usage
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from openjpki.domain.clock import Clock
    from openjpki.domain.usage import DayCount
    from openjpki.signer_core import UsageCount
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

WRITE_SECONDS = 1.0
"""Seconds between writings: with its machine a replica loses what it told in so long, or since the
database went away."""
SAYS_SO_SECONDS = 60.0
"""Seconds after which it writes that there is nothing new: the days before are complete."""

CHECK_SECONDS = 600.0
"""Seconds between looks whether the database still has all that was written: one that another took
the place of, or that was set back, may lack the newest of it."""

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
        """None: to be looked at with the next writing."""

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
        _log.warning("the epoch of usage is sealed or lacks what was written, and another begins")
        self._open = self._begun(ledger)
        self._flush(self._open)

    def stop(self) -> None:
        """Write what there is, and that nothing more comes. Raises ``SERVICE_UNAVAILABLE``."""
        self._said_at = self._checked_at = None
        self.write()
        if self._open is not None:
            epoch, self._open = self._open.epoch, None
            self._database.run(lambda tx: usage.seal(tx, epoch, at=moment_of(tx, self._clock)))

    def _is_silent(self) -> bool:
        return self._said_at is None or self._counter() - self._said_at >= SAYS_SO_SECONDS

    def _flush(self, to: _Open) -> bool:
        """Whether all that the run has told is there now, and more may be written to the epoch."""
        started = self._counter()
        checked_at = self._checked_at
        checks = checked_at is None or started - checked_at >= CHECK_SECONDS

        def work(tx: Transaction) -> tuple[bool, list[DayCount], date]:
            now = moment_of(tx, self._clock)
            counts = to.ledger.unwritten(day_of(now))
            kept = usage.flush(tx, to.epoch, counts, at=now)
            if kept and checks and self._lacks_any(tx, to.ledger):
                # Another epoch has what is lacking: this one's counts are taken for written.
                usage.seal(tx, to.epoch, at=now)
                kept = False
            return kept, counts, day_of(now)

        # Should it fail, the database may be another one when it is back.
        self._checked_at = None
        kept, counts, day = self._database.run(work)
        if kept:
            to.ledger.written(counts, day)
            self._said_at = self._counter()
            self._checked_at = started if checks else checked_at
        return kept

    def _lacks_any(self, tx: Transaction, ledger: Ledger) -> bool:
        kept = usage.of_run(tx, self._run)
        return any(kept.get(of, 0) < told for of, told in ledger.totals.items())

    def _begun(self, ledger: Ledger) -> _Open:
        """An epoch of its own, with what no other one of this run has."""

        def work(tx: Transaction) -> _Open:
            now = moment_of(tx, self._clock)
            epoch = self._random(16).hex()
            kept = usage.of_run(tx, self._run)
            usage.begin(tx, epoch, run=self._run, at=now)
            return _Open(epoch, ledger.rest(kept, day_of(now)))

        return self._database.run(work)
