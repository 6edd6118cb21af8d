"""What every use case of the ca service works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.storage.journal import SqlJournal
from openjpki.storage.requests import RequestLog

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.services.common.signing import KeyRing
    from openjpki.storage.database import Database
    from openjpki.storage.journal import Journal

Checkpoint = Callable[[str], None]
"""Told the name of each step as it is passed; tests of faults stop the process there."""


def no_checkpoint(_step: str) -> None:
    """Passes every step by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaContext:
    """Database, keys, time and randomness of one ca service."""

    database: Database
    keys: KeyRing
    clock: Clock
    random: Callable[[int], bytes]
    """So many octets of a cryptographic random source."""
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    feed_signal: FeedSignal = field(default_factory=FeedSignal)
    checkpoint: Checkpoint = no_checkpoint
