"""What the use cases of an officers' register work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.common.checkpoint import no_checkpoint
from openjpki.services.common.officers_journal import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.domain.officers import Officer
    from openjpki.services.common.checkpoint import Checkpoint
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.requests import RequestLog
    from openjpki.storage.kernel.transaction import Reading, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficersContext:
    """The register of one service, in that service's own database."""

    service: str
    """``ca``, ``bridge`` or ``registration``: what an officer who presents a key signs that it is
    for."""
    database: Database
    clock: Clock
    journal: Journal
    requests: RequestLog
    require_place: Callable[[Reading, Officer], None]
    """Raises ``OFFICER_OUT_OF_SCOPE`` for a role that signs nothing here, ``AUTHORITY_NOT_FOUND``
    for a place without an authority here; field ``presented.officer``."""
    checkpoint: Checkpoint = no_checkpoint

    def enter(
        self,
        tx: Transaction,
        act: Act,
        officer: Officer | str,
        details: Mapping[str, Value],
        *,
        actor: str,
        at: datetime,
    ) -> None:
        """Enter an act into the journal. ``officer``: a proposal's id where nobody can say whose
        it is."""
        self.journal.append(
            tx,
            act,
            stream=STREAM,
            actor=actor,
            subject=str(officer),
            details=details,
            at=at,
        )
