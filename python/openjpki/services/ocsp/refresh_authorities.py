"""Asking ca again and again which authorities there are, so that a new one needs no restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.staleness import Staleness
from openjpki.services.ocsp.status.statuses import AuthorityStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.clock import Clock
    from openjpki.services.ocsp.ca_client import CaClient
    from openjpki.services.ocsp.named_authorities import Authorities, AuthorityGeneration
    from openjpki.services.ocsp.own_scope import OwnScope
    from openjpki.services.ocsp.status.feed_follower import FeedFollower
    from openjpki.services.ocsp.status.statuses import Statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRefresher:
    """Tells the rest of the replica which authorities ca names."""

    ca: CaClient
    own_scope: OwnScope
    authorities: Authorities
    statuses: Statuses
    follower: FeedFollower
    clock: Clock
    freshness: timedelta
    """For how long a replica is current without word from the feed."""
    max_staleness: timedelta
    """For how long it goes on answering, where the authority's policy does not say less."""
    told: Callable[[tuple[AuthorityGeneration, ...], Statuses], None]
    """Of whose certificates answers are given over HTTP."""

    def refresh(self) -> None:
        """Ask ca; follow each authority that is new and that this service serves, and none that is
        gone.

        Raises what the call raises.
        """
        served = self.own_scope.current()
        named = [one for one in self.ca.authorities() if served.serves_authority(one.authority_id)]
        known = {one.authority_id: one for one in self.statuses.all()}
        followed: dict[AuthorityId, AuthorityStatus] = {}
        for one in named:
            bounds = Staleness(self.freshness, min(self.max_staleness, one.max_staleness))
            status = known.get(one.authority_id)
            if status is None:
                status = AuthorityStatus(one.authority_id, self.clock, bounds)
            # The policy may have changed since.
            status.staleness = bounds
            followed[one.authority_id] = status
        self.authorities.replace(named)
        self.follower.follow(followed)
        self.statuses.replace(followed)
        self.told(self.authorities.generations, self.statuses)
