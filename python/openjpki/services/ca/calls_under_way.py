"""Which issuances this process is working on: the tasks leave those alone.

The owner of an authority alone has calls for it, so an intent that is open and in no call here was
left behind.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.domain.authority import AuthorityId


class CallsUnderWay:
    """Intents, by authority and serial number, that a call is about to end."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._intents: set[tuple[AuthorityId, bytes]] = set()

    @contextmanager
    def on(self, authority_id: AuthorityId, serial: bytes) -> Iterator[None]:
        """From before the intent is stored until the call ends, however it ends."""
        intent = (authority_id, serial)
        with self._lock:
            self._intents.add(intent)
        try:
            yield
        finally:
            with self._lock:
                self._intents.discard(intent)

    def __contains__(self, intent: tuple[AuthorityId, bytes]) -> bool:
        with self._lock:
            return intent in self._intents
