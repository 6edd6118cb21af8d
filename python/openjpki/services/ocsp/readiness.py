"""When a replica can answer: every status is there, every active authority has its responder.

Once it can, it takes calls for as long as it runs, however long ago it heard from ca. All replicas
hear from the same ca: were they unready while it is away, Kubernetes would send verifiers to none
of them, and restart each, which would then know nothing, not even what is revoked. What a replica
may no longer say, it says of the certificate alone. A balancer that does better, by taking calls to
unhealthy replicas while there are no others, can ask for the health of the status service by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.services.ocsp.named_authorities import Authorities
    from openjpki.services.ocsp.responders.responder import Responders
    from openjpki.services.ocsp.status.statuses import Statuses


@dataclass(slots=True, kw_only=True)
class Readiness:
    """Says once that the replica can answer, and from then on whether all that it knows is within
    its bound."""

    authorities: Authorities
    responders: Responders
    statuses: Statuses
    on_ready: Callable[[], None]
    on_status: Callable[[bool], None]
    """Told whether the status of every authority may still be told."""
    _said: bool = False
    _told: bool = True

    def __call__(self) -> None:
        if not self._said:
            if not self._all_there():
                return
            self._said = True
            self.on_ready()
        within = not any(one.has_ended for one in self.statuses.all())
        if within is not self._told:
            self._told = within
            self.on_status(within)

    def _all_there(self) -> bool:
        return (
            self.statuses.complete
            and all(one.position is not None for one in self.statuses.all())
            and all(
                self.responders.get(one.authority_id, one.generation) is not None
                for one in self.authorities.generations
                if one.active
            )
        )
