"""The newest events of every feed, read from the database once for all streams near their ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.storage.ca import feed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openjpki.domain.authority import AuthorityId
    from openjpki.domain.status_event import Event
    from openjpki.storage.ca.feed import Position
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
        """Take in what is new up to these positions, just read, of all feeds by one statement.
        Raises ``SERVICE_UNAVAILABLE``."""
        share = max(EVENTS_KEPT // max(len(positions), 1), 1)
        kept = {one: self._kept(one, to) for one, to in positions.items()}
        wanted = {
            one: (tail.head, to.head)
            for one, tail in kept.items()
            # Of one that has grown further nobody is near the end.
            if tail.head < (to := positions[one]).head <= tail.head + share
        }
        came: Mapping[AuthorityId, Sequence[Event]] = {}
        if wanted:
            came = self._database.ask(lambda tx: feed.events_between(tx, wanted))
        self._tails = {
            one: _grown(tail, positions[one], came.get(one, ()), share)
            for one, tail in kept.items()
        }

    def after(self, authority_id: AuthorityId, sequence: int, limit: int) -> Sequence[Event]:
        """The next events after a position, at most ``limit``; none where the position is not among
        those kept here, which the database has to be asked for."""
        tail = self._tails.get(authority_id)
        if tail is None or sequence < tail.after:
            return ()
        begin = sequence - tail.after
        return tail.events[begin : begin + limit]

    def _kept(self, authority_id: AuthorityId, to: Position) -> _Tail:
        """What is kept of a feed, should it lead to its newest position."""
        tail = self._tails.get(authority_id)
        if tail is None or to.dropped_to > tail.head or to.head < tail.head:
            # Seen first, skipped, or brought back.
            return _Tail(to.head, to.digest)
        return tail


def _grown(tail: _Tail, to: Position, came: Sequence[Event], share: int) -> _Tail:
    """With what came since; begun anew where that does not lead from the one to the other."""
    if not came and (tail.head, tail.digest) == (to.head, to.digest):
        return tail
    if not feed.follow_on(came, tail.head) or tail.head + len(came) != to.head:
        # Grown too far, or not all of it can be read: each stream that needs it asks by itself.
        return _Tail(to.head, to.digest)
    is_told = tail.digest and to.digest
    if is_told and feed.chained(tail.digest, came) != to.digest:
        # What is kept is not what the feed has: it was brought back and grew on, or changed.
        return _Tail(to.head, to.digest)
    kept = (*tail.events, *came)[-share:]
    return _Tail(to.head - len(kept), to.digest, kept)
