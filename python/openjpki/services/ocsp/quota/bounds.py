"""What is bounded now, by the agreements in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.agreements import Beyond, Limits, Unit
from openjpki.storage.ocsp.quota import Bounded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openjpki.services.ocsp.registry.entries import Registry

_AHEAD = timedelta(seconds=2)
"""Before an agreement begins: by then something is leased."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class Bounds:
    """Looks through all agreements only where one changed, begins or ends."""

    def __init__(self, registry: Callable[[], Registry]) -> None:
        self._registry = registry
        self._of: Registry | None = None
        self._since = self._until = _NEVER
        self._found: dict[Bounded, Limits] = {}

    def at(self, now: datetime) -> Mapping[Bounded, Limits]:
        """Of agreements that refuse beyond their quota. Where several hold, the least of each
        number."""
        registry = self._registry()
        if registry is not self._of or not self._since <= now < self._until:
            self._found, self._until = bounds_of(registry, now)
            self._of, self._since = registry, now
        return self._found


def bounds_of(registry: Registry, now: datetime) -> tuple[dict[Bounded, Limits], datetime]:
    """What is bounded, and when that changes by itself."""
    found: dict[Bounded, Limits] = {}
    until = _NEVER
    for entry in registry.by_id.values():
        for one in entry.agreed:
            quota = one.quota
            if quota is None or quota.beyond is not Beyond.REFUSE or one.ends <= now:
                continue
            if one.begins > now + _AHEAD:
                until = min(until, one.begins - _AHEAD)
                continue
            until = min(until, one.ends)
            for unit in Unit:
                limits = quota.limits(unit)
                if limits is not None:
                    of = Bounded(one.verifier_id, one.authority_id, unit)
                    found[of] = least(found.get(of), limits)
    return found, until


def least(one: Limits | None, other: Limits) -> Limits:
    """The less of each number."""
    if one is None:
        return other
    return Limits(_less(one.per_day, other.per_day), _less(one.per_month, other.per_month))


def _less(one: int | None, other: int | None) -> int | None:
    there = [each for each in (one, other) if each is not None]
    return min(there, default=None)
