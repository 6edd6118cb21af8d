"""HTTP/2 as no library writes it: frames by hand (RFC 9113), headers by hand (RFC 7541)."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.rpc.identity.credentials import TlsFiles

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING = 0, 1, 2, 3, 4, 6
WINDOW_UPDATE, CONTINUATION = 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
STRANGER = "127.0.0.2"
"""Where attackers call from: not the service's own address, where it asks itself."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0)
"""What a client begins with."""


def literal(name: bytes, value: bytes, *, remembered: bool = False) -> bytes:
    """A header field written out; ``remembered``: the other side keeps it in its table."""
    return (b"\x40" if remembered else b"\x00") + _string(name) + _string(value)


def _string(octets: bytes) -> bytes:
    left = len(octets) - 127
    if left < 0:
        return bytes([len(octets)]) + octets
    length = bytearray([127])
    while left >= 128:
        length.append(left % 128 + 128)
        left //= 128
    return bytes([*length, left]) + octets


def call_to(path: str) -> bytes:
    """The headers of a gRPC call."""
    fields = {
        ":method": "POST",
        ":scheme": "https",
        ":path": path,
        ":authority": "localhost",
        "te": "trailers",
        "content-type": "application/grpc",
    }
    return b"".join(literal(name.encode(), value.encode()) for name, value in fields.items())


def connected(port: int, peer: TlsFiles | None = None, source: str = STRANGER) -> socket.socket:
    """A connection on which nothing of HTTP/2 was sent; without ``peer`` in the clear. Raises
    ``TimeoutError`` where nobody answers."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=2, source_address=(source, 0))
    # The kernel answers at once or not at all; TLS is the server's, on a machine that is busy.
    plain.settimeout(30)
    if peer is None:
        return plain
    context = ssl.create_default_context(cafile=peer.trust_bundle)
    context.check_hostname = False
    context.load_cert_chain(peer.certificate, peer.private_key)
    context.set_alpn_protocols(["h2"])
    try:
        return context.wrap_socket(plain)
    except OSError:
        plain.close()
        raise
