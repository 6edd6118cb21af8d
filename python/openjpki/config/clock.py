"""The clock of the running services."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """The operating system's clock, which an operator keeps right (NTP)."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)
