"""Asking ca again and again which authorities there are, so that a new one needs no restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.ocsp.status.statuses import AuthorityStatus

if TYPE_CHECKING:
    from openjpki.services.ocsp.ca_client import CaClient
    from openjpki.services.ocsp.named_authorities import Authorities
    from openjpki.services.ocsp.status.feed_follower import FeedFollower
    from openjpki.services.ocsp.status.statuses import Statuses


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRefresher:
    """Tells the rest of the replica which authorities ca names."""

    ca: CaClient
    authorities: Authorities
    statuses: Statuses
    follower: FeedFollower
    freshness: float
    """Seconds for which answers may be given without word from the feed."""

    def refresh(self) -> None:
        """Ask ca; follow each authority that is new, and none that is gone.

        Raises what the call raises, ``INVALID_FIELD`` for an id that is none.
        """
        named = self.ca.authorities()
        known = {one.authority_id: one for one in self.statuses.all()}
        followed = {
            one.authority_id: known.get(one.authority_id)
            or AuthorityStatus(one.authority_id, self.freshness)
            for one in named
        }
        self.authorities.replace(named)
        self.follower.follow(followed)
        self.statuses.replace(followed)
