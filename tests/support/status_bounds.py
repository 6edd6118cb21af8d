"""For how long a replica answers without hearing from ca, in seconds."""

from __future__ import annotations

from datetime import timedelta

from openjpki.domain.staleness import Staleness


def bounds(freshness: float = 30, max_staleness: float = 6 * 3600) -> Staleness:
    """Current for so long; answering for so long."""
    return Staleness(timedelta(seconds=freshness), timedelta(seconds=max_staleness))
