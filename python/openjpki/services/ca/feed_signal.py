"""Telling who follows the feeds that one has grown: in this process, and other instances of ca.

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
    """Of changes made elsewhere whoever hears of them tells here too."""

    def __init__(self) -> None:
        self._listener: Callable[[], object] = _nobody
        self._teller: Callable[[], object] = _nobody

    def listen(self, listener: Callable[[], object]) -> None:
        """Have this called at each change, by the thread that made it."""
        self._listener = listener

    def tell_others(self, teller: Callable[[], object]) -> None:
        """Have this called at each change that other instances are told of, likewise."""
        self._teller = teller

    def notify(self) -> None:
        """A feed has grown, durably."""
        self._listener()

    def revoked(self) -> None:
        """The same, by revocations. Other instances are told too: who follows one of them still
        calls these certificates good."""
        self._listener()
        self._teller()
