"""Dropping from the status index what has ended (R3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import KEPT_AFTER_END

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.status.statuses import AuthorityStatus, Statuses


def forget_ended(status: AuthorityStatus, clock: Clock) -> int:
    """Drop an authority's certificates that ended more than :data:`KEPT_AFTER_END` ago from the
    index; how many. They are answered as unknown from then on."""
    before = int((clock.now() - KEPT_AFTER_END).timestamp())
    position = status.position
    return 0 if position is None else position.index.forget_ended(before)


@dataclass(slots=True)
class IndexSweep:
    """Forgets what has ended, one authority at a time: looking through a whole country's
    certificates at once would take a processor for seconds."""

    statuses: Statuses
    clock: Clock
    _turn: int = 0

    def __call__(self) -> None:
        known = self.statuses.all()
        if known:
            forget_ended(known[self._turn % len(known)], self.clock)
            self._turn += 1
