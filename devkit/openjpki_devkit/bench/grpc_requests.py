"""Calls of gRPC prepared for the load generator, and what answers them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.protobuf.message import Message

_TYPE = "application/grpc"


def framed(message: bytes) -> bytes:
    """As gRPC has a message on the wire, not compressed."""
    return bytes(1) + len(message).to_bytes(4, "big") + message


def call(kind: str, method: str, request: Message, holds: bytes) -> dict[str, object]:
    """A line of the generator's file; ``holds`` are octets that only the right answer has."""
    return {
        "kind": kind,
        "method": "POST",
        "target": method,
        "content_type": _TYPE,
        "body": base64.b64encode(framed(request.SerializeToString())).decode(),
        "answer": {"content_type": _TYPE, "holds": base64.b64encode(holds).decode()},
    }
