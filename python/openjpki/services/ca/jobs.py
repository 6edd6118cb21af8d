"""What the service does by itself: lists in time, half-done issuances finished."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Thread
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ca.recovery import finish_open_intents
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.services.ca.context import CaContext
    from openjpki.services.ca.publication import Publisher

_log = get_logger("jobs")

ABANDONED = timedelta(seconds=30)
"""Age of an intent that no call is working on any more: calls end before."""


class Jobs:
    """A thread that looks every ``every`` seconds for what is due."""

    def __init__(self, ca: CaContext, publisher: Publisher, *, every: float) -> None:
        self._ca = ca
        self._publisher = publisher
        self._every = every
        self._stop = Event()
        self._thread = Thread(target=self._run, name="ca-jobs", daemon=True)

    def start(self) -> None:
        """Begin, with what is due now."""
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._once()
            if self._stop.wait(self._every):
                return

    def _once(self) -> None:
        try:
            finish_open_intents(self._ca, older_than=ABANDONED)
            made = self._publisher.publish_due()
        except OpenJpkiError as error:
            # A device or database that is away: the next round tries again, alerts watch the age.
            _log.warning("a job failed", reason=error.reason.name, rule=error.message)
        except Exception as error:  # noqa: BLE001 - the thread must outlive a fault in one round
            _log.error("a job failed", exc_info=error)
        else:
            if made:
                _log.info("lists published", count=made)
