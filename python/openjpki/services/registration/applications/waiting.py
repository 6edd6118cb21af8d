"""How many applications wait, for what and for how long, as the metrics tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.registration import applications, closing
from openjpki.telemetry.metrics import (
    APPLICATIONS_EXPIRING,
    APPLICATIONS_OLDEST_WAITING,
    APPLICATIONS_WAITING,
)

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext


def count_waiting(registration: RegistrationContext) -> None:
    """Count anew. Raises ``SERVICE_UNAVAILABLE``."""
    now = registration.clock.now()
    with registration.database.reading() as tx:
        found = {
            "decision": applications.undecided(tx),
            "certificate": applications.unanswered(tx),
        }
        policy = registration.policy
        expiring = closing.count_taken_before(tx, now + policy.told_before - policy.waits_at_most)
    APPLICATIONS_EXPIRING.set(expiring)
    for step, waiting in found.items():
        since = waiting.since or now
        APPLICATIONS_WAITING.labels(step).set(waiting.count)
        APPLICATIONS_OLDEST_WAITING.labels(step).set((now - since).total_seconds())
