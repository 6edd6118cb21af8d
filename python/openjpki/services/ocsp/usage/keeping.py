"""What this replica has told, from its start to its end: in its files, and in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.common.background import BackgroundTasks, NotDoneError, Task, doubling
from openjpki.services.ocsp.usage.files import UsageFiles
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
    ) -> None:
        """``directory``: where files are; None: there are none."""
        self._database = database
        self._clock = clock
        self._plane = plane
        self._run = random(16)
        self._files = None if directory is None else UsageFiles(directory, random)
        self._told: str | None = None
        """Why there are no files, as it was logged last."""
        self._writer = UsageWriter(
            database, clock, plane.core.take_usage, run=self._run, random=random
        )
        # On its own: it must not wait for what else a service does by itself.
        self._tasks = BackgroundTasks(
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
                Task(name="settle_usage", work=self._settle, every=_SETTLE_SECONDS),
            ],
        )

    def start(self) -> None:
        """Settle what the run before left, and begin. Raises ``SERVICE_UNAVAILABLE``."""
        if self._files is not None:
            self._files.begin(self._database, self._clock, self._plane, self._run)
        self._tasks.start()

    def stop(self) -> None:
        """Write what there is, when nobody is told anything any more."""
        self._tasks.stop()
        is_written = True
        try:
            self._writer.stop()
        except OpenJpkiError as error:
            is_written = False
            _log.error("usage not written at the end", reason=error.reason.name, rule=error.message)
        if self._files is not None:
            self._files.stop(is_written=is_written)

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
