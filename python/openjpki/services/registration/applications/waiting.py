"""How many applications wait, for what and for how long, as the metrics tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.registration import applications
from openjpki.telemetry.metrics import APPLICATIONS_OLDEST_WAITING, APPLICATIONS_WAITING

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext


def count_waiting(registration: RegistrationContext) -> None:
    """Count anew. Raises ``SERVICE_UNAVAILABLE``."""
    with registration.database.reading() as tx:
        found = {
            "decision": applications.undecided(tx),
            "certificate": applications.unanswered(tx),
        }
    now = registration.clock.now()
    for step, waiting in found.items():
        since = waiting.since or now
        APPLICATIONS_WAITING.labels(step).set(waiting.count)
        APPLICATIONS_OLDEST_WAITING.labels(step).set((now - since).total_seconds())
