"""What makes two mutating calls the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.rpc.current_call import peer_of
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    import grpc
    from google.protobuf.message import Message


def request_key_of(request: Message, context: grpc.ServicerContext, method: str) -> RequestKey:
    """Of a request that has a ``request_id``, and the peer who sent it."""
    return RequestKey.of(
        method,
        peer_of(context).spiffe_id,
        request.request_id,  # type: ignore[attr-defined]
        request.SerializeToString(deterministic=True),
    )
