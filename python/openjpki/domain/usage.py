"""How much a verifier was told, by authority, way and day; nothing of what it asked (R5.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.window import JAPAN

if TYPE_CHECKING:
    from datetime import date, datetime

    from openjpki.domain.agreements import Way
    from openjpki.domain.authority import AuthorityId

STILL_WRITTEN = timedelta(minutes=3)
"""What a transaction writes that nobody sees yet may be of a day that was when it began."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted together."""

    verifier_id: str
    authority_id: AuthorityId
    way: Way


@dataclass(frozen=True, slots=True)
class DayCount:
    """Statuses told on a day, or of revocation lists downloads begun."""

    day: date
    of: Counted
    told: int


def day_of(moment: datetime) -> date:
    """In Japan, where it is agreed on and paid for."""
    return moment.astimezone(JAPAN).date()


def newest_shown(now: datetime) -> date:
    """The last day that is over, and of which nobody writes the last seconds any more: who may see
    one grow, second by second, learns at what moments somebody was told."""
    return day_of(now - STILL_WRITTEN) - timedelta(days=1)
