"""Forgetting answers that no caller will ask for again.

What a call that is repeated after that gets, see :mod:`openjpki.storage.kernel.requests`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.requests import RequestLog

BATCH = 1000
"""Answers dropped in one transaction: calls that are answered meanwhile wait for none."""
_BATCHES = 20
"""In one round; more wait for the next."""


def forget_answers(database: Database, requests: RequestLog, clock: Clock, *, kept: int) -> int:
    """Drop the answers given more than ``kept`` seconds ago; how many.

    Raises ``SERVICE_UNAVAILABLE``.
    """
    before = clock.now() - timedelta(seconds=kept)
    dropped = 0
    for _ in range(_BATCHES):
        batch = database.run(lambda tx: requests.forget_before(tx, before, at_most=BATCH))
        dropped += batch
        if batch < BATCH:
            break
    return dropped
