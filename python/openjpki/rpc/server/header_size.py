"""Ends connections on which headers come that are larger than the server said it takes.

gRPC tells its peer the limit and holds it to it once the peer has acknowledged that (RFC 9113
6.5.2); until then it takes 16 MiB of each of as many calls as there may be on a connection. Most of
what is unpacked then is references of one octet each, so a client that never acknowledges makes the
server unpack, and grpcio copy, a thousand times what it sends. No client of ours, nor any that
waits for the server's first frame, sends so much; so the first such call ends its connection, with
all that is still on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from openjpki.errors import OpenJpkiError
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import RPC_OVERSIZED_HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.rpc.server.connections import Connections

_log = get_logger("rpc")
_ENTRY = 32
"""Octets that one entry counts beside its name and value (RFC 9113 6.5.2, RFC 7541 4.1)."""


class HeaderSize(grpc.ServerInterceptor):
    """Stands before every method, in the thread that takes calls from gRPC: nothing has been given
    to the call yet."""

    def __init__(
        self,
        limit: int,
        connections: Connections,
        identify: Callable[[grpc.ServicerContext], CertifiedPeer] | None = None,
    ) -> None:
        """``limit``: octets as the protocol counts them. ``identify``: who calls; without it nobody
        is known."""
        self._limit = limit
        self._connections = connections
        self._identify = identify
        self._refusing: grpc.RpcMethodHandler[Any, Any] = grpc.stream_unary_rpc_method_handler(
            self._refuse
        )

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Called by gRPC for each call."""
        if self._fits(handler_call_details.invocation_metadata):
            return continuation(handler_call_details)
        return self._refusing

    def _fits(self, metadata: Sequence[tuple[str, str | bytes]]) -> bool:
        return (
            len(metadata) * _ENTRY <= self._limit
            and sum(_ENTRY + len(key) + len(value) for key, value in metadata) <= self._limit
        )

    def _refuse(self, _requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        # First: there was one, whatever comes of ending it.
        RPC_OVERSIZED_HEADERS.inc()
        self._connections.refuse(context.peer())
        _log.warning("headers beyond the limit", peer=self._who(context))
        context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "headers beyond the limit")

    def _who(self, context: grpc.ServicerContext) -> str | None:
        if self._identify is None:
            return None
        try:
            return self._identify(context).identity.spiffe_id
        except OpenJpkiError:
            return None
