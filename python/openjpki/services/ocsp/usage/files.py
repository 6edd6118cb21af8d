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
from openjpki.services.ocsp.usage.giving_back import give_back
from openjpki.services.ocsp.usage.left_files import keep_unfit, left_in, put_aside
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
    _of: tuple[Plane, bytes] | None = None
    """Whose they are: what has told, and the name of its run."""
    _files: OcspUsageFiles | None = None
    _why: str | None = None
    """Why there are none."""

    def begin(self, database: Database, clock: Clock, plane: Plane, run: bytes) -> None:
        """Settle what another run left, and keep this one's from now on. Without a disk the service
        counts all the same. Raises ``SERVICE_UNAVAILABLE``."""
        self._of = plane, run
        self._begin(database, clock)

    def settle_left(self, database: Database, clock: Clock) -> bool:
        """Settle what was put aside; whether none is left. Where there are no files yet, begin: it
        may be that another process has the folder no more. Raises ``SERVICE_UNAVAILABLE``."""
        if self._files is None:
            self._begin(database, clock)
        # What is there is that other one's.
        return self._files is None or self._settled(database, clock)

    def _begin(self, database: Database, clock: Clock) -> None:
        if self._of is None:
            return
        plane, run = self._of
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Files of one that runs are not left: two would settle each other's.
            hold(self.directory)
            put_aside(self.directory, self.random)
            self._settled(database, clock)
            self._files = OcspUsageFiles(plane.core, self.directory, run)
            self._why = None
        except (OSError, UnfitFileError) as error:
            why = (isinstance(error, OSError) and error.strerror) or str(error)
            if why != self._why:
                _log.error("counts of usage are kept in no file", rule=why)
            self._why = why

    def _settled(self, database: Database, clock: Clock) -> bool:
        kept = dict[str, str]()
        for folder in left_in(self.directory):
            try:
                left = OcspUsageFiles.newest(folder)
                if left is None:
                    keep_unfit(folder, self.directory, self.random)
                else:
                    of, at, counts = left
                    there = Left(of.hex(), dict(counts_of(counts)), moment_at(at))
                    settle(database, clock, there, self.random, tells_for=self.tells_for)
                    OcspUsageFiles.forget(folder)
                folder.rmdir()
            except (OpenJpkiError, OSError, ValueError, OverflowError) as error:
                if isinstance(error, OpenJpkiError) and error.reason is Reason.SERVICE_UNAVAILABLE:
                    raise
                kept[folder.name] = _why(error)
        if kept:
            _log.error(
                "usage of runs that ended can't be settled now",
                count=len(kept),
                rule=", ".join(sorted(set(kept.values()))),
            )
        return not kept

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


def _why(error: Exception) -> str:
    """Without what was found in a file."""
    if isinstance(error, OpenJpkiError):
        return f"{error.reason.name}: {error.message}"
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


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
    found, is_known = database.run(partial(_settle, clock, left, random, unknown_for(tells_for)))
    if is_known:
        give_back(database, clock, left.run)
    if found:
        _log.info("usage settled of a run that was ended", counts=found)
    return found


def _settle(
    clock: Clock,
    left: Left,
    random: Callable[[int], bytes],
    may_have_told: timedelta,
    tx: Transaction,
) -> tuple[int, bool]:
    now, signs = moment_of(tx, clock), usage_unknown.of_run(tx, left.run)
    open_since = usage.seal_run(tx, left.run, at=now)
    kept = usage.of_run(tx, left.run)
    is_older = any(told > left.totals.get(of, 0) for of, told in kept.items())
    is_known = signs is None or not is_older or signs.flushed_at - left.at <= _FILE_BEHIND
    if is_known:
        usage_unknown.know(tx, left.run)
    elif signs is not None and open_since is not None:
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
    return len(counts), is_known


def _day(at: date, today: date, open_since: date | None) -> date:
    """Its own, where that can't have been reported as complete; otherwise today."""
    return today if open_since is None else min(max(at, open_since), today)
