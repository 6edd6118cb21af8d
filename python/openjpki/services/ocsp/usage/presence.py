"""That a replica is there, also while it can't write what it tells.

Whoever takes it for gone knows by it for how long it may have told something: no longer than it
does without its database, after it was there last.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import usage_unknown

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction

SAYS_SO_SECONDS = 60.0
"""Seconds between sayings, and after which it writes that it has nothing new to write: the days
before are complete."""


class Presence:
    """Of one run."""

    def __init__(self, database: Database, clock: Clock, *, run: bytes, tells_for: float) -> None:
        """``tells_for``: seconds for which a replica tells anything that has no database."""
        self._database = database
        self._clock = clock
        self._run = run.hex()
        self._unknown_for = unknown_for(tells_for)

    def say(self) -> None:
        """Say so. Raises ``SERVICE_UNAVAILABLE``."""

        def work(tx: Transaction) -> None:
            now = moment_of(tx, self._clock)
            until = now + self._unknown_for
            usage_unknown.say_seen(tx, self._run, at=now, unknown_until=until)

        self._database.run(work)


def unknown_for(tells_for: float) -> timedelta:
    """For how long after its last sign a replica may have told something: it may have been there up
    to when it would have given the next."""
    return timedelta(seconds=SAYS_SO_SECONDS + tells_for)
