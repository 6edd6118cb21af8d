"""What a service does by itself: pieces of work, each done again and again.

A piece that fails is told to the log and done again in the next round; it keeps none of the others
from being done. How long ago each was last done is a metric that an alert watches: a piece that
hangs is noticed as one that fails is.
"""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import TASK_LAST_SUCCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_log = get_logger("jobs")


class Rounds:
    """A thread that does its pieces one after the other, then again every ``every`` seconds."""

    def __init__(
        self, service: str, pieces: Mapping[str, Callable[[], object]], *, every: float
    ) -> None:
        """``pieces``: by name, as metrics and logs call them."""
        self._pieces = pieces
        self._every = every
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"{service}-jobs", daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether a piece that takes long should come to its end."""
        return self._stop.is_set()

    def start(self) -> None:
        """Begin, with what is due now."""
        for task in self._pieces:
            # From the start, so that one which never succeeds is late too.
            TASK_LAST_SUCCESS.labels(task).set_to_current_time()
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin nothing more."""
        self._stop.set()

    def stop(self) -> None:
        """End after the piece at hand."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join()

    def once(self) -> None:
        """One round, now."""
        for task, piece in self._pieces.items():
            if self.stopping:
                return
            if attempt(task, piece):
                TASK_LAST_SUCCESS.labels(task).set_to_current_time()

    def get_ready(self) -> bool:
        """What comes before the first round; False when asked to stop meanwhile."""
        return True

    def wait(self, seconds: float) -> bool:
        """Let time pass; True when asked to stop meanwhile."""
        return self._stop.wait(seconds)

    def _run(self) -> None:
        if not self.get_ready():
            return
        while True:
            self.once()
            if self.wait(self._every):
                return


def attempt(task: str, piece: Callable[[], object]) -> bool:
    """Do a piece of work; whether it succeeded."""
    try:
        piece()
    except OpenJpkiError as error:
        # A device, database or service that is away: the next round tries again.
        _log.warning("a job failed", task=task, reason=error.reason.name, rule=error.message)
    except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one piece
        _log.error("a job failed", task=task, exc_info=error)
    else:
        return True
    return False
