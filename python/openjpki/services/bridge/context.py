"""What every use case of the bridge service works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.storage.journal import Details, SqlJournal
from openjpki.storage.requests import RequestLog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.ca_client import CaClient
    from openjpki.services.common.signing import KeyRing
    from openjpki.storage.database import Database
    from openjpki.storage.details import Value
    from openjpki.storage.journal import Journal
    from openjpki.storage.transaction import Transaction

Checkpoint = Callable[[str], None]
"""Told the name of each step as it is passed; tests of faults stop the process there."""

STREAM = "bridge"
"""The journal's only stream, and the label of this authority in metrics."""


def no_checkpoint(_step: str) -> None:
    """Passes every step by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeContext:
    """Database, keys, the ca service, time and randomness of one bridge service."""

    database: Database
    keys: KeyRing
    ca: CaClient
    clock: Clock
    random: Callable[[int], bytes]
    """So many octets of a cryptographic random source."""
    new_id: Callable[[], UUID]
    policy_oid: str
    """The service bridge's own, dotted."""
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    checkpoint: Checkpoint = no_checkpoint


def record(
    bridge: BridgeContext,
    tx: Transaction,
    *,
    act: str,
    actor: str,
    subject: str,
    details: Mapping[str, Value],
    at: datetime,
) -> None:
    """Enter an act into the journal; the last thing a transaction does."""
    bridge.journal.append(
        tx,
        stream=STREAM,
        act=act,
        actor=actor,
        subject=subject,
        details=Details(details),
        at=at,
    )
