"""What the use cases of the ocsp service work with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestLog

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.registry.cache import RegistryCache
    from openjpki.services.ocsp.status.statuses import Statuses
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspContext:
    """Registry, status, database and time of one replica."""

    database: Database
    registry: RegistryCache
    statuses: Statuses
    clock: Clock
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
