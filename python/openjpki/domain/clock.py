"""Time as something that is passed in, so that every rule about it can be tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Tells the time. The running services' clock is ``openjpki.config.clock.SystemClock``."""

    def now(self) -> datetime:
        """The present moment: time zone aware, UTC."""
        ...
