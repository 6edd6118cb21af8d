"""Forgetting answers that no caller will ask for again.

What a call that is repeated after that gets, see :mod:`openjpki.storage.kernel.requests`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.common.journal_time import surely_now

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.requests import RequestLog

BATCH = 1000
"""Answers dropped in one transaction: calls that are answered meanwhile wait for none."""
_BATCHES = 20
"""In one round; more wait for the next."""


def forget_answers(database: Database, requests: RequestLog, clock: Clock, *, kept: int) -> int:
    """Drop the answers given more than ``kept`` seconds ago, which surely passed; how many.

    Raises ``SERVICE_UNAVAILABLE``.
    """
    # Not by the clock: whoever asks again in the minute for which it is ahead would be refused.
    before = database.run(lambda tx: surely_now(tx, clock)) - timedelta(seconds=kept)
    dropped = 0
    for _ in range(_BATCHES):
        batch = database.run(lambda tx: requests.forget_before(tx, before, at_most=BATCH))
        dropped += batch
        if batch < BATCH:
            break
    return dropped
