"""Counts of a run in files that outlive it, and what a run that was killed left there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.usage import DayCount, day_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.micros import moment_at
from openjpki.services.ocsp.status.own_folder import hold
from openjpki.services.ocsp.status.saved_position import UnfitFileError
from openjpki.services.ocsp.usage.counted_day import counted_day, first_open
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.presence import unknown_for
from openjpki.services.ocsp.usage.reading import counts_of
from openjpki.signer_core import OcspUsageFiles
from openjpki.storage.ocsp import usage, usage_unknown
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from openjpki.domain.clock import Clock
    from openjpki.domain.usage import Counted
    from openjpki.services.ocsp.responders.plane import Plane
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

_LEFT = "left-"
"""Before a run's name: the folder of its files."""
_FILE_BEHIND = timedelta(seconds=5)
"""That a file may be behind the database though it was written as it should: its time is by another
clock, and it is begun ten times a second."""
_log = get_logger("usage")


@dataclass(slots=True)
class UsageFiles:
    """In a folder of one replica."""

    directory: Path
    random: Callable[[int], bytes]
    tells_for: float
    """Seconds for which a replica tells anything that has no database."""
    _files: OcspUsageFiles | None = None
    _why: str | None = None
    """Why there are none."""

    def begin(self, database: Database, clock: Clock, plane: Plane, run: bytes) -> None:
        """Settle what another run left, and keep this one's from now on. Without a disk the service
        counts all the same. Raises ``SERVICE_UNAVAILABLE``."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Files of one that runs are not left: two would settle each other's.
            hold(self.directory)
            self._put_aside()
            OcspUsageFiles.forget(self.directory)
            self.settle_left(database, clock)
            self._files = OcspUsageFiles(plane.core, self.directory, run)
        except (OSError, UnfitFileError) as error:
            self._why = (isinstance(error, OSError) and error.strerror) or str(error)
            _log.error("counts of usage are kept in no file", rule=self._why)

    def settle_left(self, database: Database, clock: Clock) -> bool:
        """Settle what was put aside; whether none is left. One that can't be settled now stays, and
        nobody is answered later for it. Raises ``SERVICE_UNAVAILABLE``."""
        is_done = True
        for folder in sorted(self.directory.glob(f"{_LEFT}*")):
            try:
                left = OcspUsageFiles.newest(folder)
                if left is not None:
                    of, at, counts = left
                    there = Left(of.hex(), dict(counts_of(counts)), moment_at(at))
                    settle(database, clock, there, self.random, tells_for=self.tells_for)
                OcspUsageFiles.forget(folder)
                folder.rmdir()
            except (OpenJpkiError, OSError, ValueError, OverflowError) as error:
                if isinstance(error, OpenJpkiError) and error.reason is Reason.SERVICE_UNAVAILABLE:
                    raise
                is_done = False
                _log.error("usage of a run that ended can't be settled now", run=folder.name)
        return is_done

    def _put_aside(self) -> None:
        """What another run left, so that it is there until it is settled, and this one has its
        own."""
        left = OcspUsageFiles.newest(self.directory)
        if left is None:
            return
        aside = self.directory / f"{_LEFT}{left[0].hex()}"
        aside.mkdir(mode=0o700, exist_ok=True)
        for file in self.directory.glob("usage.*"):
            file.rename(aside / file.name)

    @property
    def failed(self) -> str | None:
        """Why counts are not in a file now; None: they are."""
        return self._why if self._files is None else self._files.failed

    def stop(self, *, is_written: bool) -> None:
        """Write no more. ``is_written``: the database has all."""
        if self._files is None:
            return
        self._files.stop()
        if is_written:
            try:
                OcspUsageFiles.forget(self.directory)
            except OSError as error:
                # The next run finds nothing in them that the database lacks.
                _log.warning("files of usage stay", rule=error.strerror)


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left in its files."""

    run: str
    totals: Mapping[Counted, int]
    at: datetime
    """As of when."""


def settle(
    database: Database,
    clock: Clock,
    left: Left,
    random: Callable[[int], bytes],
    *,
    tells_for: float,
) -> int:
    """Keep what a run had told and could not write: once, however often it is settled. How many
    counts. Raises ``SERVICE_UNAVAILABLE``."""
    found = database.run(partial(_settle, clock, left, random, unknown_for(tells_for)))
    if found:
        _log.info("usage settled of a run that was ended", counts=found)
    return found


def _settle(
    clock: Clock,
    left: Left,
    random: Callable[[int], bytes],
    may_have_told: timedelta,
    tx: Transaction,
) -> int:
    now, signs = moment_of(tx, clock), usage_unknown.of_run(tx, left.run)
    open_since = usage.seal_run(tx, left.run, at=now)
    kept = usage.of_run(tx, left.run)
    is_older = any(told > left.totals.get(of, 0) for of, told in kept.items())
    if signs is None or not is_older or signs.flushed_at - left.at <= _FILE_BEHIND:
        usage_unknown.know(tx, left.run)
    elif open_since is not None:
        # A disk that was full, or a copy that was put back: who ended by itself has all written.
        until = min(signs.last + may_have_told, now)
        usage_unknown.doubt(tx, left.run, until=until)
    today = counted_day(tx, clock)
    day = _day(day_of(left.at), today, None if open_since is None else day_of(open_since))
    day = max(day, first_open(tx, clock))
    missing = {of: total - kept.get(of, 0) for of, total in left.totals.items()}
    counts = [DayCount(day, of, told) for of, told in missing.items() if told > 0]
    if counts:
        usage.add_sealed(tx, random(16).hex(), counts, run=left.run, at=now)
    return len(counts)


def _day(at: date, today: date, open_since: date | None) -> date:
    """Its own, where that can't have been reported as complete; otherwise today."""
    return today if open_since is None else min(max(at, open_since), today)
