"""Telling the followers in this process that a feed has grown.

It stands beside the context, which holds it, not in the room of the feed: issuance and revocation
tell, the feed's room listens.
"""

from __future__ import annotations

from threading import Condition


class FeedSignal:
    """A count of changes that threads can wait on.

    A follower notes the count, reads the feeds, and waits for the count to move: a change between
    its reading and its waiting is not missed. Changes made by another process are not seen here.
    """

    def __init__(self) -> None:
        self._condition = Condition()
        self._changes = 0

    @property
    def changes(self) -> int:
        """How often a feed has grown since this process began."""
        with self._condition:
            return self._changes

    def notify(self) -> None:
        """A feed has grown, durably."""
        with self._condition:
            self._changes += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout: float) -> None:
        """Until the count is no longer ``seen``, at most ``timeout`` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._changes != seen, timeout)
