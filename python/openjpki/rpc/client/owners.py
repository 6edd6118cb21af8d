"""Connections to single instances of a service, and which of them owns what (docs/leases.md)."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.rpc.client.connection import closed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.client.connection import RotatingConnection

KEPT = 8
"""Connections that stay open without a call on them: instances there are, and a few that went."""


@dataclass(slots=True)
class _Open:
    connection: RotatingConnection
    calls: int = 0


class OwnerConnections:
    """One connection per instance, opened when a call must go there, kept for the next one.

    Safe for use by many threads.
    """

    def __init__(self, connect: Callable[[str], RotatingConnection]) -> None:
        """``connect``: to an address, ``host:port``."""
        self._connect = connect
        self._lock = Lock()
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._last_asked: dict[tuple[str, str], str] = {}
        self._closed = False

    @contextmanager
    def to(self, address: str) -> Iterator[RotatingConnection]:
        """For one call. Raises ``SERVICE_UNAVAILABLE`` once closed."""
        one = self._taken(address)
        try:
            yield one.connection
        finally:
            self._given_back(one)

    def last_asked(self, method: str, subject: str) -> str | None:
        """Where the last call of this method about this subject went; None: to the service's own
        address."""
        return self._last_asked.get((method, subject))

    def learn(self, method: str, subject: str, address: str | None) -> None:
        """Where the next one shall begin."""
        with self._lock:
            if address is None:
                self._last_asked.pop((method, subject), None)
            else:
                self._last_asked[method, subject] = address

    def close(self) -> None:
        """Ends the connections and the calls on them."""
        with self._lock:
            self._closed = True
            ended = list(self._open.values())
            self._open.clear()
        for one in ended:
            one.connection.close()

    def _taken(self, address: str) -> _Open:
        with self._lock:
            if self._closed:
                raise closed()
            one = self._open.get(address)
            if one is None:
                one = self._open[address] = _Open(self._connect(address))
            one.calls += 1
            self._open.move_to_end(address)
            return one

    def _given_back(self, one: _Open) -> None:
        with self._lock:
            one.calls -= 1
            idle = [address for address, other in self._open.items() if not other.calls]
            # The least recently used first.
            ended = [self._open.pop(address) for address in idle[: max(len(self._open) - KEPT, 0)]]
        for other in ended:
            other.connection.close()
