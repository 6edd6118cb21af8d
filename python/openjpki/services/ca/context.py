"""What every use case of the ca service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.issue_limits import IssueLimits
from openjpki.services.ca.calls_under_way import CallsUnderWay
from openjpki.services.ca.feed_signal import FeedSignal
from openjpki.services.ca.issue_room import IssueRoom
from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.domain.clock import Clock
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.services.common.fence import Console, Fence
    from openjpki.services.common.key_ring import KeyRing
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaContext:
    """Database, keys, time and randomness of one ca service."""

    database: Database
    """To read from. What is written for an authority goes through the fence."""
    fence: Fence
    """Through which an authority is written for, by whoever holds its lease."""
    console: Console
    """Through which acts on this machine write: making an authority, stopping it."""
    keys: KeyRing
    clock: Clock
    random: Callable[[int], bytes]
    """So many octets of a cryptographic random source."""
    issue_room: IssueRoom = field(default_factory=lambda: IssueRoom(IssueLimits()))
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    feed_signal: FeedSignal = field(default_factory=FeedSignal)
    calls: CallsUnderWay = field(default_factory=CallsUnderWay)
    checkpoint: Checkpoint = no_checkpoint
