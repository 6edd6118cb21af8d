"""Which revocation lists of an authority there are at one moment, as a service states it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from openjpki.domain.evidence.statement import StatementKind, seconds

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.evidence.statement import Claim, Claims


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedList:
    """The newest list of a generation and partition; without one all but these are 0 or empty."""

    generation: int
    partition: str
    issuer_sha256: bytes
    """Of the generation's certificate, DER."""
    number: int
    this_update: int
    """Seconds since 1970 UTC, as the next one."""
    next_update: int
    sha256: bytes
    """Of the list, DER."""
    length: int
    """Of its DER, octets."""

    def claim(self) -> Claim:
        """An array, in this order."""
        return (
            self.generation,
            self.partition,
            self.issuer_sha256,
            self.number,
            self.this_update,
            self.next_update,
            self.sha256,
            self.length,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListsPublished:
    """At this moment these were all lists of users' certificates, each the newest of its partition;
    signed with the key of the service's receipts. No receipt can pass for one: another kind."""

    kind: ClassVar[StatementKind] = StatementKind.LISTS_PUBLISHED

    service: str
    """Who states it: ``ca``."""
    authority_id: AuthorityId
    made_at: datetime
    """Aware, whole seconds: whatever was published before is in it."""
    lists: tuple[StatedList, ...]
    """By generation and partition."""

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for a moment without zone or with a fraction."""
        seconds(self.made_at)

    def claims(self) -> Claims:
        """See :meth:`openjpki.domain.evidence.statement.Statement.claims`."""
        return {
            "by": self.service,
            "at": seconds(self.made_at),
            "authority": str(self.authority_id),
            "lists": tuple(one.claim() for one in self.lists),
        }
