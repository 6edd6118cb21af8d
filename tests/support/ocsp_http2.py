"""OCSP asked over HTTP/2, frame by frame."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from tests.support.http2_frames import DATA, END_HEADERS, END_STREAM, HEADERS, frame, literal

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

GOAWAY = 7
_POST = {
    b":method": b"POST",
    b":scheme": b"http",
    b":path": b"/",
    b":authority": b"x",
    b"content-type": b"application/ocsp-request",
}


class Frame(NamedTuple):
    """What came."""

    kind: int
    flags: int
    stream: int
    payload: bytes


def post(body: bytes, stream: int) -> bytes:
    """An OCSPRequest."""
    return head_on(stream) + frame(DATA, END_STREAM, stream, body)


def head_on(stream: int) -> bytes:
    """The beginning of one, whose body is still to come."""
    return frame(HEADERS, END_HEADERS, stream, _fields(_POST))


def get_on(method: bytes, path: bytes, stream: int) -> bytes:
    """One in the path."""
    fields = {b":method": method, b":scheme": b"http", b":path": path, b":authority": b"x"}
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, _fields(fields))


def _fields(fields: dict[bytes, bytes]) -> bytes:
    return b"".join(literal(name, value) for name, value in fields.items())


def frames(connection: socket.socket) -> Iterator[Frame]:
    """What comes, until the other side ends. No octet behind the last frame is taken."""
    while head := _octets(connection, 9):
        size = int.from_bytes(head[:3], "big")
        (stream,) = struct.unpack(">I", head[5:])
        yield Frame(head[3], head[4], stream, _octets(connection, size))


def answer(connection: socket.socket, stream: int) -> bytes:
    """The body that comes on a stream."""
    body = b""
    for one in frames(connection):
        if one.stream == stream and one.kind == DATA:
            body += one.payload
        if one.stream == stream and one.flags & END_STREAM and one.kind in {DATA, HEADERS}:
            return body
        assert one.kind != GOAWAY, one
    raise AssertionError("the connection ended")


def _octets(connection: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (part := connection.recv(count - len(got))):
        got += part
    return got
