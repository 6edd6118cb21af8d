"""The pool as a caller gets it: looked for at the ca service first where it is about to be old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.bridge.pool.past_pools import PastPools
    from openjpki.services.bridge.pool.path_material import MaterialCache, PathMaterial, PoolOfTime
    from openjpki.services.bridge.pool.refresh import Refresher

_SOON = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class CurrentPool:
    """What paths are built from, now."""

    material: MaterialCache
    refresher: Refresher
    clock: Clock
    past: PastPools

    def __call__(self, authority_id: AuthorityId | None = None) -> PathMaterial:
        """The pool; the ca service is asked before, where a governor's list is missing or ends
        soon, or this authority is not known."""
        material = self.material.current()
        ends = material.first_end
        known = authority_id is None or authority_id in material.governors
        if known and ends is not None and ends > self.clock.now() + _SOON:
            return material
        self.refresher.look_for_a_call()
        return self.material.current()

    def at(self, material: PathMaterial, at: datetime) -> PoolOfTime:
        """What paths are built from at a time."""
        return self.past.at(material, at)
