"""What a service does by itself, beside answering calls: named tasks, each again and again.

A task that fails is told to the log and tried again; it keeps none of the others from being done.
How long ago each last succeeded is a metric that an alert watches: a task that hangs is noticed as
one that fails is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import TASK_LAST_SUCCESS
from openjpki.telemetry.rows import tell_refused_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_log = get_logger("background")


class NotDoneError(Exception):
    """Raised by a task that did what it could and has something left: it is tried again as after
    a failure. It has told the log itself what is to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One thing to do again and again."""

    name: str
    """As metrics and logs call it."""
    work: Callable[[], object]
    every: float
    """Seconds from its end to its next beginning."""
    retry: Callable[[int], float] | None = None
    """Seconds after so many failures in a row; ``every`` without it."""
    endless: bool = False
    """Whether it is meant to go on until something breaks, e.g. reading a stream. When it last
    ended well says nothing then, so there is no such metric of it."""


class BackgroundTasks:
    """A thread that does its tasks one after the other, in the order given, each when it is due.

    Tasks that must not wait for one another belong to different objects.
    """

    def __init__(
        self,
        name: str,
        tasks: Iterable[Task],
        *,
        first: Task | None = None,
        on_stop: Callable[[], None] | None = None,
    ) -> None:
        """``name``: of the thread. ``first``: tried until it succeeds, before any other begins.
        ``on_stop``: called when asked to stop, to end the task at hand."""
        self._tasks = {task.name: task for task in tasks}
        self._first = first
        self._on_stop = on_stop
        self._changed = Condition()
        self._stopping = False
        self._due = dict.fromkeys(self._tasks, 0.0)
        """By ``time.monotonic()``."""
        self._failures = dict.fromkeys(self._tasks, 0)
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether a task that takes long should come to its end."""
        return self._stopping

    def start(self) -> None:
        """Begin: everything is due."""
        for task in self._tasks.values():
            if not task.endless:
                # Counted from the start, so that work which never succeeds shows as late too.
                TASK_LAST_SUCCESS.labels(task.name).set_to_current_time()
        self._thread.start()

    def wake(self, name: str) -> None:
        """This task is due now. If it is being done, it is done once more."""
        with self._changed:
            self._due[name] = 0.0
            self._changed.notify_all()

    def ask_to_stop(self) -> None:
        """Begin nothing more."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._on_stop is not None:
            self._on_stop()

    def stop(self, within: float | None = None) -> bool:
        """End after the task at hand; whether it ended. ``within``: seconds after which a task that
        has not ended is left to end with the process; for one that nothing depends on."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(within)
        return not self._thread.is_alive()

    def once(self) -> None:
        """Do every task now, in the caller's thread."""
        for task in self._tasks.values():
            if self._stopping:
                return
            self._do(task)

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when asked to stop meanwhile."""
        with self._changed:
            return self._changed.wait_for(lambda: self._stopping, seconds)

    def _run(self) -> None:
        first = self._first
        while first is not None and not attempt(first.name, first.work):
            if self.wait(first.every):
                return
        while not self._stopping:
            for task in self._tasks.values():
                if not self._stopping and self._due[task.name] <= monotonic():
                    self._do(task)
            with self._changed:
                pause = self._next() - monotonic()
                # Without a task there is nothing to wait for but the stop; no lock takes infinity.
                self._changed.wait_for(
                    lambda: self._stopping or self._next() <= monotonic(),
                    max(pause, 0.0) if isfinite(pause) else None,
                )

    def _do(self, task: Task) -> None:
        with self._changed:
            # Cleared before the work: whoever wakes it during the work gets another round.
            self._due[task.name] = float("inf")
        succeeded = attempt(task.name, task.work)
        failures = self._failures[task.name] = 0 if succeeded else self._failures[task.name] + 1
        if succeeded and not task.endless:
            TASK_LAST_SUCCESS.labels(task.name).set_to_current_time()
        pause = task.every if succeeded or task.retry is None else task.retry(failures)
        with self._changed:
            self._due[task.name] = min(self._due[task.name], monotonic() + pause)

    def _next(self) -> float:
        return min(self._due.values(), default=float("inf"))


def doubling(first: float, longest: float) -> Callable[[int], float]:
    """A :attr:`Task.retry` of ``first`` seconds, doubled at each further failure."""

    def pause(failures: int) -> float:
        return float(min(longest, first * 2 ** min(failures - 1, 32)))

    return pause


def attempt(name: str, work: Callable[[], object]) -> bool:
    """Do a piece of work once; whether it succeeded."""
    try:
        work()
    except NotDoneError:
        return False
    except OpenJpkiError as error:
        # A device, database or service is away: the next round tries again.
        tell_refused_row(error)
        _log.warning("a task failed", task=name, reason=error.reason.name, rule=error.message)
    except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one task
        _log.error("a task failed", task=name, exc_info=error)
    else:
        return True
    return False
