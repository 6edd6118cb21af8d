"""Things done again and again, several times a second, in a thread of their own.

One that fails is told to the log, once a minute, and done again at the next round; it keeps none of
the others from its turn. When each last succeeded is the metric of all that a service does by
itself, so one that always fails, or hangs, is noticed by the alert on it.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import TASK_LAST_SUCCESS
from openjpki.telemetry.seldom import Seldom

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_log = get_logger("background")

LOOK_EVERY = 0.1
"""Seconds."""


class Ticking:
    """Does them every so many seconds between :meth:`start` and :meth:`stop`."""

    def __init__(
        self,
        name: str,
        tasks: Mapping[str, Callable[[], None]],
        every: Callable[[], float] | None = None,
    ) -> None:
        """``name``: of the thread. ``tasks``: by their names in metrics and logs. ``every``:
        seconds until the next round; without it :data:`LOOK_EVERY`."""
        self._tasks = dict(tasks)
        self._every = every or (lambda: LOOK_EVERY)
        self._seldom = Seldom()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        for task in self._tasks:
            # Counted from the start, so that what never succeeds shows as late too.
            TASK_LAST_SUCCESS.labels(task).set_to_current_time()
        self._thread.start()

    def stop(self) -> None:
        """Do them no more. May be called twice, and without a start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._every()):
            for task, work in self._tasks.items():
                self._do(task, work)

    def _do(self, task: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one task
            if self._seldom(task):
                _log.error("a task failed", task=task, exc_info=error)
        else:
            TASK_LAST_SUCCESS.labels(task).set_to_current_time()
