"""Telling the followers in this process that an authority's feed has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId

from collections import defaultdict
from threading import Condition


class FeedSignal:
    """A count of changes per authority that threads can wait on.

    A follower notes the count, reads the feed, and waits for the count to move: a change between
    its reading and its waiting is not missed. Changes made by another process are not seen here.
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._changes: dict[AuthorityId, int] = defaultdict(int)

    def changes(self, authority_id: AuthorityId) -> int:
        """How often the feed has grown since this process began."""
        with self._condition:
            return self._changes[authority_id]

    def notify(self, authority_id: AuthorityId) -> None:
        """The feed has grown, durably."""
        with self._condition:
            self._changes[authority_id] += 1
            self._condition.notify_all()

    def wait(self, authority_id: AuthorityId, seen: int, timeout: float) -> None:
        """Until the count is no longer ``seen``, at most ``timeout`` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._changes[authority_id] != seen, timeout)
