"""Ends streams whose callers may no longer be served, also while nothing is sent on them.

A stream may be quiet for hours, and TLS looks at a certificate only once. So all that run are gone
through several times a second. First the stream's own code is told that nobody reads any more, so
that it returns and the caller hears why; what has not returned a moment later is cancelled.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from openjpki.errors import OpenJpkiError

if TYPE_CHECKING:
    import grpc

    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.rpc.server.authenticator import Authenticator

GRACE = 0.25
"""Seconds for the stream's code to return."""


class StreamContext:
    """A stream's context as its code sees it: the call's own, but for whether it goes on."""

    def __init__(self, context: grpc.ServicerContext) -> None:
        self._context = context
        self._ended_at: float | None = None
        self.peer: CertifiedPeer | None = None
        """Set once it is known who calls."""
        self.refusal: OpenJpkiError | None = None
        """Why it may not go on."""

    def is_active(self) -> bool:
        """Whether the caller is there and may still be served."""
        return self.refusal is None and self._context.is_active()

    def require_current(self) -> None:
        """Raises why it may not go on, if it may not."""
        if self.refusal is not None:
            raise self.refusal

    def end(self, refusal: OpenJpkiError) -> None:
        """Have the stream return; cancel it when it was told :data:`GRACE` seconds ago."""
        if self._ended_at is None:
            self.refusal, self._ended_at = refusal, monotonic()
        elif monotonic() - self._ended_at > GRACE:
            self._context.cancel()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)


class RunningStreams:
    """The streams of one server."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._lock = Lock()
        self._running: set[StreamContext] = set()

    def add(self, context: StreamContext) -> None:
        """It runs."""
        with self._lock:
            self._running.add(context)

    def remove(self, context: StreamContext) -> None:
        """It has ended."""
        with self._lock:
            self._running.discard(context)

    def look(self) -> None:
        """Once through all; to be called several times a second."""
        with self._lock:
            running = list(self._running)
        for context in running:
            if context.refusal is not None:
                context.end(context.refusal)
            elif context.peer is not None:
                try:
                    self._authenticator.check_current(context.peer)
                except OpenJpkiError as refusal:
                    context.end(refusal)
