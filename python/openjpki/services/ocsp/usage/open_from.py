"""The first day for which more may be counted: those before are complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.usage import STILL_WRITTEN, day_of
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import usage

if TYPE_CHECKING:
    from datetime import date

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.transaction import Reading


def open_from(tx: Reading, clock: Clock) -> date:
    """Today, or the day on which a replica wrote last that may have more. Today is so by both
    clocks, the database's and this one: one that is ahead makes no day complete that is to come.
    Raises ``STORED_UNREADABLE``."""
    written = usage.open_epochs(tx).values()
    now = min(moment_of(tx, clock), clock.now())
    return day_of(min([now - STILL_WRITTEN, *written]))
