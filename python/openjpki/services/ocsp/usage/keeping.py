"""What this replica has told, from its start to its end: in its files, and in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.common.background import BackgroundTasks, NotDoneError, Task, doubling
from openjpki.services.ocsp.usage.files import UsageFiles
from openjpki.services.ocsp.usage.presence import SAYS_SO_SECONDS, Presence
from openjpki.services.ocsp.usage.silent import LOOK_SECONDS, SilentEpochs
from openjpki.services.ocsp.usage.writing import (
    LONGEST_CHECK_PAUSE,
    WRITE_SECONDS,
    UsageWriter,
)
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.responders.plane import Plane
    from openjpki.storage.kernel.database import Database

_SETTLE_SECONDS = 60.0
"""Seconds between looks whether something is left that could not be settled at the start."""
_STOP_SECONDS = 12.0
"""That what a thread has begun is waited for at the end; a lock is waited for ten."""

_log = get_logger("usage")


class UsageKeeper:
    """Of one run of a replica."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plane: Plane,
        *,
        directory: Path | None,
        random: Callable[[int], bytes],
        tells_for: float,
    ) -> None:
        """``directory``: where files are; None: there are none. ``tells_for``: seconds for which
        a replica tells anything that has no database."""
        self._database = database
        self._clock = clock
        self._plane = plane
        self._run = random(16)
        self._files = None if directory is None else UsageFiles(directory, random, tells_for)
        self._told: str | None = None
        """Why there are no files, as it was logged last."""
        self._writer = UsageWriter(
            database, clock, plane.core.take_usage, run=self._run, random=random
        )
        presence = Presence(database, clock, run=self._run, tells_for=tells_for)
        # On its own: it must not wait for what else a service does by itself.
        self._writing = BackgroundTasks(
            "ocsp-usage",
            [
                Task(name="write_usage", work=self._write, every=WRITE_SECONDS),
                # Its failure keeps nothing from being written.
                Task(
                    name="check_usage",
                    work=self._writer.check,
                    every=WRITE_SECONDS,
                    retry=doubling(WRITE_SECONDS, LONGEST_CHECK_PAUSE),
                ),
            ],
        )
        # Of runs, this one or others: each waits for locks, and none for the writing.
        self._keeping = BackgroundTasks(
            "ocsp-usage-runs",
            [
                Task(name="say_usage_kept", work=presence.say, every=SAYS_SO_SECONDS),
                Task(
                    name="seal_usage",
                    work=SilentEpochs(database, clock, tells_for=tells_for).seal,
                    every=LOOK_SECONDS,
                ),
                Task(name="settle_usage", work=self._settle, every=_SETTLE_SECONDS),
            ],
        )

    @property
    def run(self) -> str:
        """The name of this run, which its epochs have."""
        return self._run.hex()

    def start(self) -> None:
        """Settle what the run before left, and begin. Raises ``SERVICE_UNAVAILABLE``."""
        if self._files is not None:
            self._files.begin(self._database, self._clock, self._plane, self._run)
        self._writing.start()
        self._keeping.start()

    def stop(self) -> None:
        """Write what there is, when nobody is told anything any more."""
        self._keeping.ask_to_stop()
        is_written = self._written_at_the_end()
        self._keeping.stop(within=_STOP_SECONDS)
        if self._files is not None:
            self._files.stop(is_written=is_written)

    def _written_at_the_end(self) -> bool:
        if not self._writing.stop(within=_STOP_SECONDS):
            # The writer is that thread's still.
            _log.error("usage not written at the end", rule="a writing does not end")
            return False
        try:
            self._writer.stop()
        except OpenJpkiError as error:
            _log.error("usage not written at the end", reason=error.reason.name, rule=error.message)
            return False
        return True

    def _write(self) -> None:
        self._writer.write()
        failed = None if self._files is None else self._files.failed
        if failed != self._told:
            self._told = failed
            if failed is not None:
                _log.error("usage is not kept in files", rule=failed)
        if failed is not None:
            raise NotDoneError

    def _settle(self) -> None:
        if self._files is not None and not self._files.settle_left(self._database, self._clock):
            raise NotDoneError
