"""Rate, errors and duration of one method, with its metrics looked up beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.telemetry.metrics import RPC_DURATION, RPC_HANDLED, RPC_STARTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from prometheus_client import Counter


class MethodMetrics:
    """The counters of one method. A series that doesn't exist can't be alerted on, so the ones
    every method has are there from the start at zero."""

    def __init__(self, service: str, method: str) -> None:
        self._labels = (service, method)
        # The metrics' own methods: every frame between them and a call is paid by each call.
        self._observe = RPC_DURATION.labels(*self._labels).observe
        self.start: Callable[[], None] = RPC_STARTED.labels(*self._labels).inc
        """A call began."""
        self._handled: dict[str, Counter] = {}
        for code in ("OK", "INTERNAL", "UNAVAILABLE"):
            self._of(code)

    def end(self, code: str, seconds: float) -> None:
        """A call ended after so many seconds; ``code`` is a gRPC code's name, or what else ends of
        calls are counted under."""
        (self._handled.get(code) or self._of(code)).inc()
        self._observe(seconds)

    def _of(self, code: str) -> Counter:
        child = RPC_HANDLED.labels(*self._labels, code)
        self._handled[code] = child
        return child
