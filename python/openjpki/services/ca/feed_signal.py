"""Telling who follows the feeds in this process that one has grown.

It stands beside the context, which holds it, not in the room of the feed: issuance and revocation
tell, the feed's room listens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _nobody() -> None:
    pass


class FeedSignal:
    """Changes made by another process are not heard of here."""

    def __init__(self) -> None:
        self._listener: Callable[[], object] = _nobody

    def listen(self, listener: Callable[[], object]) -> None:
        """Have this called at each change, by the thread that made it."""
        self._listener = listener

    def notify(self) -> None:
        """A feed has grown, durably."""
        self._listener()
