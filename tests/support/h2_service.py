"""A service that answers in HTTP/2 as no service should: what it says is a test's to write."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.support.http2_frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    SETTINGS,
    frame,
    literal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.identity.credentials import TlsFiles

FRAME = 16384
"""Octets of the largest frame that every client takes."""
_CLIENT_PREFACE = len(PREFACE) - 9


class Asked:
    """One call, of which the headers came. Safe to answer from any thread."""

    def __init__(self, connection: ssl.SSLSocket, stream: int, number: int) -> None:
        self._connection = connection
        self.stream = stream
        self.number = number
        """Of all calls to the service, from 0."""

    def send(self, octets: bytes) -> None:
        """Frames as they are. Raises ``OSError`` once the client has gone."""
        self._connection.sendall(octets)

    def headers(self, *more: bytes) -> None:
        """Headers of an answer to come; ``more``: fields as they are written."""
        said = b"\x88" + literal(b"content-type", b"application/grpc") + b"".join(more)
        self._fields(said, 0)

    def message(self, octets: bytes, *, packed: bool = False, length: int | None = None) -> None:
        """A message, in frames of the size that every client takes. Not held to its window."""
        said = len(octets) if length is None else length
        octets = bytes([packed]) + said.to_bytes(4, "big") + octets
        for start in range(0, len(octets), FRAME):
            self.send(frame(DATA, 0, self.stream, octets[start : start + FRAME]))

    def trailers(self, status: int, *more: bytes) -> None:
        """The end of the answer."""
        self._fields(literal(b"grpc-status", b"%d" % status) + b"".join(more), END_STREAM)

    def _fields(self, said: bytes, flags: int) -> None:
        parts = [said[start : start + FRAME] for start in range(0, len(said), FRAME)]
        for number, part in enumerate(parts, 1):
            ends = END_HEADERS if number == len(parts) else 0
            first = number == 1
            kind = HEADERS if first else CONTINUATION
            self.send(frame(kind, ends | (flags if first else 0), self.stream, part))


class H2Service:
    """Its port, and how often it was asked."""

    def __init__(self, files: TlsFiles, answer: Callable[[Asked], None]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files.certificate, files.private_key)
        self._context.set_alpn_protocols(["h2"])
        self._answer = answer
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = self._listening.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """No more connections, and the ones there are end."""
        self._listening.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError):
            connection = self._context.wrap_socket(plain, server_side=True)
            self._open.append(connection)
            # The client's settings are never acknowledged: it can't hold the service to them.
            connection.sendall(frame(SETTINGS, 0, 0))
            octets = connection.makefile("rb")
            octets.read(_CLIENT_PREFACE)
            while len(head := octets.read(9)) == 9:
                octets.read(int.from_bytes(head[:3], "big"))
                if head[3] == HEADERS:
                    asked = Asked(connection, int.from_bytes(head[5:], "big"), self.asked)
                    self.asked += 1
                    threading.Thread(target=self._answered, args=(asked,), daemon=True).start()

    def _answered(self, asked: Asked) -> None:
        with suppress(OSError):
            self._answer(asked)


@contextmanager
def h2_service(files: TlsFiles, answer: Callable[[Asked], None]) -> Iterator[H2Service]:
    """Running; ``answer`` is called in a thread of its own for each call."""
    service = H2Service(files, answer)
    try:
        yield service
    finally:
        service.close()
