"""What of an agreement decides whether a question is answered: kept in memory of every one in
force, while its words, up to 28 KB, are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.agreements.quota import Quota
    from openjpki.domain.agreements.terms import Way
    from openjpki.domain.authority import AuthorityId


@dataclass(frozen=True, slots=True)
class Held:
    """Of a version in force."""

    verifier_id: str
    authority_id: AuthorityId
    ways: frozenset[Way]
    begins: datetime
    ends: datetime
    """The first moment at which it gives no access."""
    quota: Quota | None = None

    def grants(self, way: Way, moment: datetime) -> bool:
        """Whether the verifier may ask in this way at this moment."""
        return way in self.ways and self.begins <= moment < self.ends
