"""How long applications wait, and which officers of a window must be different people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.policy.evidence import EvidencePolicy

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.application import ApplicationState


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPolicy:
    """What a registration service asks of its windows; the defaults are the safe ones."""

    waits_at_most: timedelta = EvidencePolicy().submitted_within
    """From when an application was taken to its decision; then it expires. Longer serves nobody:
    the authority takes no statement that is older."""
    told_before: timedelta = timedelta(days=7)
    """So long before they expire they are counted."""
    closed_after: timedelta = timedelta(days=30)
    """From handing a certificate over: who has not objected to what it says accepts it."""
    decider_did_not_take: bool = True
    """Whether who decides must be another than who took the application, or took it over. The
    authority's policy has the same (`evidence.approver_did_not_submit`): both must let it."""

    def expires_at(self, state: ApplicationState, submitted_at: datetime) -> datetime | None:
        """When an application in this state expires; None where it can't."""
        return submitted_at + self.waits_at_most if state.can_expire else None
