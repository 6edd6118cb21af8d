"""Epochs of replicas that write no more: sealed, so that days become complete.

Silent is one whose row stayed the same for so long by the counter of whoever looks, not by a clock,
and only while looks follow each other: nobody is silent because the database was away. A replica
that was only held up goes on in another epoch, with what it could not write. Until then, or until
its files are settled, nobody knows what it told after it wrote last, and statements say so. One
that can't write and says that it is there is waited for, and days stay open that it may add to.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.presence import unknown_for
from openjpki.storage.ocsp import usage_unknown
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.ocsp.usage_unknown import Signs

SILENT_SECONDS = 900.0
"""A replica says that it is there fifteen times in it."""
LOOK_SECONDS = 60.0
"""Seconds between looks."""

_log = get_logger("usage")


class SilentEpochs:
    """As one replica sees them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        tells_for: float,
        counter: Callable[[], float] = time.monotonic,
    ) -> None:
        """``tells_for``: seconds for which a replica tells anything that has no database any more.
        ``counter``: seconds that passed, from any beginning; never set."""
        self._database = database
        self._clock = clock
        self._unknown_for = unknown_for(tells_for)
        self._counter = counter
        self._looked_at = counter()
        self._seen: dict[str, tuple[Signs, float]] = {}
        """The last of each, and since when that is known."""

    def seal(self) -> int:
        """Seal them; how many. Raises ``SERVICE_UNAVAILABLE``."""
        # Of who looked in vain, or not for long, nobody was seen to be silent.
        before, self._seen = self._seen, {}
        with self._database.reading() as tx:
            found = usage_unknown.of_open_epochs(tx)
        now = self._counter()
        if now - self._looked_at > 2 * LOOK_SECONDS:
            before = {}
        self._looked_at = now
        self._seen = {
            epoch: before[epoch] if epoch in before and before[epoch][0] == signs else (signs, now)
            for epoch, signs in found.items()
        }
        sealed = 0
        for epoch, (signs, since) in self._seen.items():
            if now - since >= SILENT_SECONDS and self._seal(epoch, signs):
                sealed += 1
        if sealed:
            _log.warning("epochs of usage sealed that nobody writes to", count=sealed)
        return sealed

    def _seal(self, epoch: str, signs: Signs) -> bool:
        def work(tx: Transaction) -> bool:
            at = moment_of(tx, self._clock)
            until = signs.last + self._unknown_for
            return usage_unknown.seal_silent(tx, epoch, at=at, signs=signs, unknown_until=until)

        return self._database.run(work)
