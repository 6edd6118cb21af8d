"""A client's channel: mutual TLS, deadlines on every call, retries, refusals as typed errors.

gRPC for Python checks host names, not SPIFFE ids. So a service's certificate carries the DNS name
``<role>.<trust domain>`` (:func:`openjpki.rpc.identity.peer.server_name`), which the mesh's
authority gives to no other role, and a channel opened for a role checks exactly that name. The same
is asked of an instance that another one pointed to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.rpc.client.connection import LOOK_EVERY, RotatingConnection
from openjpki.rpc.client.owners import OwnerConnections
from openjpki.rpc.client.typed_calls import ChannelMethod, TypedUnaryStream, TypedUnaryUnary
from openjpki.rpc.deadline import DEFAULT_OUTGOING
from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.uncompressed import UNCOMPRESSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.identity.roles import PeerRole

MIB = 1 << 20

_RETRIES = {
    "methodConfig": [
        {
            "name": [{}],
            # Safe for every method: reads change nothing, changes carry a request id.
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                # gRPC's core says CANCELLED for a call that it drops before anybody looked at it.
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ],
    # A service in trouble is not flooded with retries.
    "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.2},
}

MAX_METADATA = 16 * 1024
"""Octets of an answer's headers, and of its trailers; a refusal with all its details has a few
thousand."""
_HEADERS = (
    ("grpc.max_metadata_size", MAX_METADATA),
    ("grpc.absolute_max_metadata_size", MAX_METADATA),
)

# In spite of its name the time that connecting, TLS included, may take.
_CONNECTING = "grpc.min_reconnect_backoff_ms"


def open_channel(
    target: str,
    tls: TlsFiles,
    *,
    expect_role: PeerRole,
    trust_domain: str,
    default_timeout: float = DEFAULT_OUTGOING,
    wait_for_ready: bool = False,
    max_response: int = 8 * MIB,
    retries: bool = True,
    look_every: float = LOOK_EVERY,
) -> TypedChannel:
    """A channel to the service of ``expect_role`` at ``target`` (``host:port``).

    Every call gets a deadline: its own ``timeout``, else ``default_timeout`` seconds, and never
    more than what the call being served here has left. Streams get one only when asked for.
    ``UNAVAILABLE`` is tried up to four times within it, and a call whose subject another instance
    of the service owns is made there; ``retries=False`` asks once. ``wait_for_ready`` waits for a
    service that has not started yet, until the deadline. The files are looked at again every
    ``look_every`` seconds, and calls go out with what is new. Calls raise
    :class:`~openjpki.errors.OpenJpkiError` with the server's reason.
    """
    rotating = RotatingMaterial(tls)
    options: list[tuple[str, Any]] = [
        ("grpc.ssl_target_name_override", server_name(expect_role, trust_domain)),
        ("grpc.max_receive_message_length", max_response),
        *_HEADERS,
        *UNCOMPRESSED,
        # A process that was stopped answers no ping: its calls are made again within a deadline.
        ("grpc.keepalive_time_ms", 10_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
        # Also of the pings by which gRPC measures a path: while one is out, it sends no other.
        ("grpc.http2.ping_timeout_ms", 5_000),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        # Else gRPC would give a channel opened anew the connection of the one before.
        ("grpc.use_local_subchannel_pool", 1),
    ]

    def to_instance(address: str) -> RotatingConnection:
        once = [*options, ("grpc.enable_retries", 0), (_CONNECTING, 1_000)]
        # Never another scheme of gRPC's, whatever the host is called.
        return RotatingConnection(f"dns:///{address}", rotating, once, look_every)

    own = [*options, ("grpc.enable_retries", int(retries)), (_CONNECTING, 5_000)]
    if retries:
        own.append(("grpc.service_config", json.dumps(_RETRIES)))
    return TypedChannel(
        RotatingConnection(target, rotating, own, look_every),
        OwnerConnections(to_instance) if retries else None,
        default_timeout=default_timeout,
        wait_for_ready=wait_for_ready,
    )


class TypedChannel(grpc.Channel):
    """A channel for generated stubs whose calls have deadlines and raise typed errors."""

    def __init__(
        self,
        connection: RotatingConnection,
        owners: OwnerConnections | None,
        *,
        default_timeout: float,
        wait_for_ready: bool,
    ) -> None:
        self._connection = connection
        self._owners = owners
        self._default_timeout = default_timeout
        self._wait_for_ready = wait_for_ready

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """Called by generated stubs."""
        method = ChannelMethod(self._connection, "unary_unary", args, kwargs)
        return TypedUnaryUnary(
            method, self._owners, self._default_timeout, wait_for_ready=self._wait_for_ready
        )

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """Called by generated stubs."""
        method = ChannelMethod(self._connection, "unary_stream", args, kwargs)
        return TypedUnaryStream(method, wait_for_ready=self._wait_for_ready)

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """No contract here streams requests; gRPC's own."""
        return self._connection.channel().stream_unary(*args, **kwargs)

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """No contract here streams requests; gRPC's own (reflection needs it)."""
        return self._connection.channel().stream_stream(*args, **kwargs)

    def subscribe(self, callback: Callable[..., Any], try_to_connect: bool = False) -> None:  # noqa: FBT001, FBT002 - grpc's signature
        """As ``grpc.Channel``; tells of the present connection only."""
        self._connection.channel().subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Callable[..., Any]) -> None:
        """As ``grpc.Channel``."""
        self._connection.channel().unsubscribe(callback)

    def close(self) -> None:
        """Ends its calls and its connections."""
        self._connection.close()
        if self._owners is not None:
            self._owners.close()

    def __enter__(self) -> TypedChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
