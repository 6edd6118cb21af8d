"""How many change notices wait, for what and for how long, as the metrics tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.change_notices import NoticeState
from openjpki.storage.registration import change_notices
from openjpki.telemetry.metrics import (
    CHANGE_NOTICES_OLDEST_WAITING,
    CHANGE_NOTICES_SETTLED,
    CHANGE_NOTICES_WAITING,
)

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext

_OPEN = [state for state in NoticeState if state.is_open]


def say_outcomes() -> None:
    """Every outcome has its series from the start, at zero."""
    for state in NoticeState:
        if not state.is_open:
            CHANGE_NOTICES_SETTLED.labels(state.value)


def count_notices(registration: RegistrationContext) -> None:
    """Count anew. Raises ``SERVICE_UNAVAILABLE``."""
    now = registration.clock.now()
    with registration.database.reading() as tx:
        found = {state.value: change_notices.waiting(tx, state) for state in _OPEN}
    for state, waiting in found.items():
        since = waiting.since or now
        CHANGE_NOTICES_WAITING.labels(state).set(waiting.count)
        CHANGE_NOTICES_OLDEST_WAITING.labels(state).set((now - since).total_seconds())
