"""When a replica can answer: every snapshot is loaded, every active authority has its responder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.services.ocsp.named_authorities import Authorities
    from openjpki.services.ocsp.responders.responder import Responders
    from openjpki.services.ocsp.status.statuses import Statuses


@dataclass(slots=True)
class Readiness:
    """Says once that the replica can answer."""

    authorities: Authorities
    responders: Responders
    statuses: Statuses
    on_ready: Callable[[], None]
    _said: bool = False

    def __call__(self) -> None:
        if not self._said and self._all_there():
            self._said = True
            self.on_ready()

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
