"""Streams read from ca, given up when they have fallen silent."""

from __future__ import annotations

from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.services.ocsp.ca_client import CaClient, CaStubs

MAX_SILENCE_SECONDS = 3.0
"""Seconds without a message, of which the contract promises one a second, after which a stream is
given up: a connection may be dead without having ended."""

Message = TypeVar("Message")


class HeardStream(Generic[Message]):
    """A stream, and when it was last heard."""

    def __init__(self, used: CaStubs, call: Any) -> None:
        self.used = used
        self.heard = monotonic()
        self._call = call

    def __iter__(self) -> Iterator[Message]:
        """The messages. Raises what ends the stream, ``CANCELLED`` after :meth:`cancel`."""
        for message in self._call:
            self.heard = monotonic()
            yield message

    def cancel(self) -> None:
        """End it, from whichever thread."""
        self._call.cancel()


class CaStreams:
    """The streams that are being read."""

    def __init__(self, ca: CaClient) -> None:
        self._ca = ca
        self._lock = Lock()
        self._open: set[HeardStream[Any]] = set()
        self._closed = False

    def open(self, ask: Callable[[CaStubs], Any]) -> HeardStream[Any]:
        """Begin to read one; to be closed by :meth:`end`."""
        used = self._ca.stubs
        stream: HeardStream[Any] = HeardStream(used, ask(used))
        with self._lock:
            self._open.add(stream)
            closed = self._closed
        if closed:
            stream.cancel()
        return stream

    def end(self, stream: HeardStream[Any]) -> None:
        """It is read no more."""
        with self._lock:
            self._open.discard(stream)
        stream.cancel()

    def give_up_silent(self) -> None:
        """Called now and then by another thread than the readers, who may wait for ever."""
        for stream in self._all_open():
            if monotonic() - stream.heard > MAX_SILENCE_SECONDS:
                stream.heard = monotonic()
                self._ca.give_up(stream.used)
                stream.cancel()

    def close(self) -> None:
        """End every stream, and each that is opened from now on."""
        with self._lock:
            self._closed = True
        for stream in self._all_open():
            stream.cancel()

    def _all_open(self) -> list[HeardStream[Any]]:
        with self._lock:
            return list(self._open)
