"""The newest events of every feed, read from the database once for all streams near their ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.ca.feed import Event, Position
    from openjpki.storage.kernel.database import Database

EVENTS_KEPT = 20_000
"""Of all feeds together, to each an equal share: some 10 MB when all are full."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """The end of one feed, as far as it is known: events without a gap."""

    after: int
    """The position before the first of them; the newest one where there is none."""
    digest: bytes
    """Of all that the feed has told up to its end, as the feed says; empty where it says none."""
    events: tuple[Event, ...] = ()

    @property
    def head(self) -> int:
        return self.after + len(self.events)


class RecentEvents:
    """Grows with each reading of the positions. One thread at a time reads, any number look: what
    they see is replaced as a whole, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tails: Mapping[AuthorityId, _Tail] = {}

    def read(self, positions: Mapping[AuthorityId, Position]) -> None:
        """Take in what is new up to these positions, just read. Raises ``SERVICE_UNAVAILABLE``."""
        share = max(EVENTS_KEPT // max(len(positions), 1), 1)
        self._tails = {one: self._grown(one, to, share) for one, to in positions.items()}

    def after(self, authority_id: AuthorityId, sequence: int, limit: int) -> Sequence[Event]:
        """The next events after a position, at most ``limit``; none where the position is not among
        those kept here, which the database has to be asked for."""
        tail = self._tails.get(authority_id)
        if tail is None or sequence < tail.after:
            return ()
        begin = sequence - tail.after
        return tail.events[begin : begin + limit]

    def _grown(self, authority_id: AuthorityId, to: Position, share: int) -> _Tail:
        tail = self._tails.get(authority_id)
        anew = _Tail(to.head, to.digest)
        if tail is not None and (tail.head, tail.digest) == (to.head, to.digest):
            return tail
        if tail is None or to.dropped_to > tail.head or not 0 < to.head - tail.head <= share:
            # Seen first, skipped, brought back, or grown so far that nobody is near its end.
            return anew
        wanted = to.head - tail.head
        try:
            events = self._database.ask(
                lambda tx: feed.events_after(tx, authority_id, tail.head, wanted)
            )
        except OpenJpkiError as error:
            if error.reason is not Reason.STORED_UNREADABLE:
                raise
            # Each stream that needs it asks by itself, and is told.
            return anew
        is_told = tail.digest and to.digest
        if not feed.follow_on(events, tail.head) or len(events) != wanted:
            return anew
        if is_told and feed.chained(tail.digest, events) != to.digest:
            # What is kept is not what the feed has: it was brought back and grew on, or changed.
            return anew
        kept = (*tail.events, *events)[-share:]
        return _Tail(to.head - len(kept), to.digest, kept)
