"""A client of gRPC that opens its window by the octet: what it is sent, and what it is not."""

from __future__ import annotations

import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.support.http2_frames import (
    ACK,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    call_to,
    connected,
    frame,
    literal,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from openjpki.rpc.identity.credentials import TlsFiles

_BEGINS = PREFACE[:24]
_INITIAL_WINDOW = 4
PLENTY = 1 << 30


class Frame(NamedTuple):
    """As it came."""

    kind: int
    flags: int
    stream: int
    payload: bytes

    @property
    def ends(self) -> bool:
        """Whether its stream is over with it."""
        closes = self.kind in {DATA, HEADERS} and bool(self.flags & END_STREAM)
        return closes or self.kind == RST_STREAM


class RawClient:
    """One connection. Of a stream so much comes, nothing usually, until its window is opened."""

    def __init__(self, connection: ssl.SSLSocket, window: int = 0) -> None:
        self._connection = connection
        self._octets = connection.makefile("rb")
        self._stream = -1
        settings = struct.pack(">HI", _INITIAL_WINDOW, window)
        self.send(_BEGINS + frame(SETTINGS, 0, 0, settings))
        self.open(0, PLENTY)

    def close(self) -> None:
        """Read no more."""
        self._octets.close()

    def send(self, octets: bytes) -> None:
        """As it is."""
        self._connection.sendall(octets)

    def open(self, stream: int, octets: int) -> None:
        """Take so many more of a stream; 0: of the connection."""
        self.send(frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", octets)))

    def call(self, path: str, message: bytes | None, timeout: str | None = "60S") -> int:
        """Its stream. ``message``: none is sent where there is none."""
        self._stream += 2
        head = call_to(path)
        if timeout is not None:
            head += literal(b"grpc-timeout", timeout.encode())
        self.send(frame(HEADERS, END_HEADERS, self._stream, head))
        if message is not None:
            framed = b"\0" + struct.pack(">I", len(message)) + message
            self.send(frame(DATA, END_STREAM, self._stream, framed))
        return self._stream

    def send_pieces(self, stream: int, pieces: list[bytes]) -> None:
        """Each in a frame of its own; the last ends the message's side."""
        *before, last = pieces
        for piece in before:
            self.send(frame(DATA, 0, stream, piece))
        self.send(frame(DATA, END_STREAM, stream, last))

    def next(self) -> Frame | None:
        """The next frame that is not about settings; none once the connection has ended."""
        while True:
            head = self._octets.read(9)
            if len(head) < 9:
                return None
            length, kind, flags, stream = (
                int.from_bytes(head[:3], "big"),
                head[3],
                head[4],
                int.from_bytes(head[5:], "big"),
            )
            payload = self._octets.read(length)
            if kind == SETTINGS:
                if not flags & ACK:
                    self.send(frame(SETTINGS, ACK, 0))
                continue
            return Frame(kind, flags, stream, payload)

    def of(self, stream: int) -> Frame:
        """The next frame of a stream."""
        while (found := self.next()) is not None:
            if found.stream == stream:
                return found
        raise AssertionError("the connection has ended")


@contextmanager
def raw_client(port: int, peer: TlsFiles, window: int = 0) -> Iterator[RawClient]:
    """Connected, from an address that is not the service's own."""
    connection = connected(port, peer)
    connection.settimeout(90)
    with connection:
        client = RawClient(connection, window)  # type: ignore[arg-type]
        try:
            yield client
        finally:
            client.close()
