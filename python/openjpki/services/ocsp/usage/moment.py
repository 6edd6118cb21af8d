"""The moment at which usage is written: one that all replicas share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.storage.kernel import journal_time

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.transaction import Reading


def moment_of(tx: Reading, clock: Clock) -> datetime:
    """By the database's clock, where it has one of its own."""
    return journal_time.of_database(tx) or clock.now()
