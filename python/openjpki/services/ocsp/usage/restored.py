"""After a database was brought back to an earlier moment: what was told since is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.stated_time import written
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import usage_unknown

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction


def say_lost(database: Database, clock: Clock) -> datetime | None:
    """Have statements say so, of all that was told until now and is not there; since when. None:
    nothing was ever counted. Runs that go on, or left files, write what they told all the same, but
    of those that ended in between nobody knows."""

    def work(tx: Transaction) -> datetime | None:
        now, since = moment_of(tx, clock), usage_unknown.counted_until(tx)
        if since is not None:
            usage_unknown.lose(tx, f"restored {written(since)}", min(since, now), now)
        return since

    return database.run(work)
