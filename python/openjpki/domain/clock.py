"""Time as something that is passed in, so that every rule about it can be tested."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Tells the time. The running services' clock is ``openjpki.config.clock.SystemClock``."""

    def now(self) -> datetime:
        """The present moment: time zone aware, UTC."""
        ...


USUALLY_BACKDATED = timedelta(minutes=5)
"""How long before the moment of issue a certificate begins, where policy says nothing else."""

MOST_BACKDATED = timedelta(minutes=15)
"""As much as clocks may differ: no certificate begins further in the past than this."""
