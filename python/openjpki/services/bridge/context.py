"""What every use case of the bridge service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.services.bridge.journal import STREAM
from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.ca_client import CaClient
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.services.common.key_ring import KeyRing
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeContext:
    """Database, keys, the ca service, time and randomness of one bridge service."""

    database: Database
    keys: KeyRing
    ca: CaClient
    clock: Clock
    random: Callable[[int], bytes]
    """So many octets of a cryptographic random source."""
    policy_oid: str
    """The service bridge's own, dotted."""
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    checkpoint: Checkpoint = no_checkpoint


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
