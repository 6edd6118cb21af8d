"""What every use case of the bridge service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from openjpki.domain.authority import BRIDGE
from openjpki.services.bridge.journal import STREAM
from openjpki.services.bridge.journaled_ends import JournaledEnds
from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.ca_client import CaClient
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.services.common.fence import Fence
    from openjpki.services.common.key_ring import KeyRing
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.beginning import Turn
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.transaction import Transaction, Writer

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeContext:
    """Database, keys, the ca service, time and randomness of one bridge service."""

    database: Database
    """To read from. What is written, the officers' register excepted, goes through the fence."""
    fence: Fence
    """Through which the service bridge and its pool are written, by whoever holds the lease."""
    keys: KeyRing
    ca: CaClient
    clock: Clock
    random: Callable[[int], bytes]
    """So many octets of a cryptographic random source."""
    policy_oid: str
    """The service bridge's own, dotted."""
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    ends: JournaledEnds = field(default_factory=JournaledEnds)
    """What the journal has of cross certificates that were ended."""
    checkpoint: Checkpoint = no_checkpoint

    @property
    def is_owner(self) -> bool:
        """Whether this instance works for the service bridge."""
        return BRIDGE in self.fence.held()

    @property
    def writer(self) -> Writer:
        """Whoever may write. Each piece of work raises ``NOT_THE_OWNER``."""
        return _OwnersWriter(self.fence)


@dataclass(frozen=True, slots=True)
class _OwnersWriter:
    fence: Fence

    def run(self, work: Callable[[Transaction], R], *, turn: Turn | None = None) -> R:
        with self.fence.writing(BRIDGE) as writer:
            return writer.run(work, turn=turn)


def by_the_owner(
    work: Callable[Concatenate[BridgeContext, P], R],
) -> Callable[Concatenate[BridgeContext, P], R]:
    """A use case that writes: refused before anything else where the lease is not held
    (``NOT_THE_OWNER``), all of it under one token where it is."""

    @wraps(work)
    def owned(bridge: BridgeContext, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with bridge.fence.writing(BRIDGE):
            return work(bridge, *args, **kwargs)

    return owned


def enter_in_journal(
    bridge: BridgeContext,
    tx: Transaction,
    *,
    act: Act,
    actor: str,
    subject: str,
    details: Mapping[str, Value],
    at: datetime,
    not_after: datetime | None = None,
) -> None:
    """Enter an act into the journal; the last thing a transaction does."""
    bridge.journal.append(
        tx,
        act,
        stream=STREAM,
        actor=actor,
        subject=subject,
        details=details,
        at=at,
        not_after=not_after,
    )
