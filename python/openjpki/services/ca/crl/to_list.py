"""What a list that is made now has to hold, complete or delta, as one reading of the database has
it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.ca.crl.journaled import entered_before, entered_since, last_entered
from openjpki.services.ca.crl.never_lost import ListScope, with_what_rows_lack
from openjpki.services.ca.crl.one_sequence import as_of
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.ca import lists

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.generation import Generation
    from openjpki.services.ca.authorities.authority import Authority
    from openjpki.services.ca.crl.entries import Revoked
    from openjpki.storage.ca.lists import ListFacts, RevokedColumns
    from openjpki.storage.kernel.transaction import Reading


@dataclass(frozen=True, slots=True)
class ToList:
    """Of a generation and a partition."""

    scope: ListScope
    rows: RevokedColumns
    since: list[Revoked]
    """What the journal has since the list before was read for."""
    journaled: int
    """The journal's last entry. What comes while a list is made is asked for when the next one
    is."""
    as_of: int
    """The position of the feed up to which the list speaks."""

    @classmethod
    def read(
        cls,
        tx: Reading,
        authority: Authority,
        generation: Generation,
        partition: str,
        *,
        before: ListFacts | None,
        expired_before: datetime | None,
        after: int | None = None,
        everything: bool = False,
    ) -> ToList:
        """``before``: the complete list that the journal is held against; ``expired_before`` and
        ``after`` as of :func:`lists.revoked`; ``everything``: where the list before can't be read,
        all that the journal has. The first list of a scope goes by rows alone: no list says where
        to begin, and a book may have millions."""
        own = authority.authority_id
        rows = lists.revoked(
            tx,
            own,
            generation.number,
            partition,
            expired_before=expired_before,
            after=after,
            left_out=tell_left_out,
        )
        since: list[Revoked] = []
        if before is not None or everything:
            entered = entered_before(tx, own, partition, before)
            since = entered_since(tx, own, partition, entered)
        return cls(
            ListScope.of(authority, generation, partition, expired_before),
            rows,
            since,
            last_entered(tx, own, partition),
            as_of(tx, own, generation.number, partition),
        )

    def whole(self, tx: Reading, *, der_before: bytes | None) -> RevokedColumns:
        """With what rows lack: of the list before (DER, checked), where it is given, and of the
        journal."""
        return with_what_rows_lack(tx, self.scope, self.rows, before=der_before, since=self.since)
