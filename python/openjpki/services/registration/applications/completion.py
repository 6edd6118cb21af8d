"""Finishes approvals that were left without an answer: a crash, an authority that was away.

Runs at start and whenever an approval is left behind, and looks by itself now and then.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import tenacity

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.obtain_certificate import (
    FINAL_REFUSALS,
    obtain_certificate,
)
from openjpki.storage.registration import applications
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext

_log = get_logger("completion")

LOOK_SECONDS = 60.0
"""From one look to the next when nobody calls."""
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 30.0
_NOBODY_THERE = {Reason.SERVICE_UNAVAILABLE, Reason.DEADLINE_EXCEEDED, Reason.CANCELLED}


def complete_pending(context: RegistrationContext) -> int:
    """Ask the authority once about every approval without an answer; how many still have none."""
    with context.database.reading() as tx:
        pending = applications.approved(tx)
    left = 0
    for done, (municipality_code, application_id) in enumerate(pending):
        try:
            obtain_certificate(context, municipality_code, application_id)
        except OpenJpkiError as refusal:
            if refusal.reason in FINAL_REFUSALS:
                continue
            _log.warning(
                "approval not completed",
                application_id=application_id,
                reason=refusal.reason.name,
            )
            if refusal.reason in _NOBODY_THERE:
                # The rest would only wait for the same silence.
                return left + len(pending) - done
            left += 1
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            _log.error("approval not completed", application_id=application_id, exc_info=error)
            left += 1
    return left


class Completion:
    """The thread that completes pending approvals."""

    def __init__(self, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._stop = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, context: RegistrationContext) -> None:
        """Begin, with what an earlier process left."""
        self._thread = threading.Thread(
            target=self._run, args=(context,), name="registration-completion", daemon=True
        )
        self._thread.start()

    def wake(self) -> None:
        """Look now; something was left behind."""
        self._woken.set()

    def ask_to_stop(self) -> None:
        """Make no further attempt."""
        self._stop.set()
        self._woken.set()

    def stop(self) -> None:
        """End after the attempt that is being made; returns when it has."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join()

    def _run(self, context: RegistrationContext) -> None:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda left: left > 0)
            | tenacity.retry_if_exception_type(Exception),
            wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            stop=tenacity.stop_when_event_set(self._stop),
            sleep=tenacity.sleep_using_event(self._stop),
            before_sleep=_tell_failure,
            retry_error_callback=lambda _state: None,
        )
        while not self._stop.is_set():
            self._woken.clear()
            retrying(complete_pending, context)
            self._woken.wait(self._look_seconds)


def _tell_failure(state: tenacity.RetryCallState) -> None:
    failure = state.outcome.exception() if state.outcome is not None else None
    if failure is not None:
        _log.warning("completion failed", exc_info=failure)
