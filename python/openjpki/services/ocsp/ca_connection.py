"""The connection to ca, given up for a new one when it has fallen silent."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.rpc.client.channel import TypedChannel

_log = get_logger("ca")


@dataclass(frozen=True, slots=True)
class CaStubs:
    """What is asked of ca, over one connection."""

    channel: TypedChannel
    authorities: ca_pb2_grpc.AuthorityServiceStub
    feed: ca_pb2_grpc.StatusFeedServiceStub
    crls: ca_pb2_grpc.RevocationListServiceStub


class CaConnection:
    """Gives the stubs to call next.

    A dead TCP connection is noticed by gRPC's keep-alive only after most of a minute, and a new
    stream would be put on it. The feed notices within seconds: it asks for a new connection.
    """

    def __init__(self, open_channel: Callable[[], TypedChannel]) -> None:
        self._open = open_channel
        self._lock = Lock()
        self._closed = False
        self.stubs = self._made()

    def give_up(self, used: CaStubs) -> None:
        """Call on a new connection from now on, and end what still runs on ``used``. Nothing
        happens when somebody else did so before."""
        with self._lock:
            if self._closed or self.stubs is not used:
                return
            self.stubs = self._made()
        _log.warning("connection to ca given up")
        used.channel.close()

    def close(self) -> None:
        """End."""
        with self._lock:
            self._closed = True
            self.stubs.channel.close()

    def _made(self) -> CaStubs:
        channel = self._open()
        return CaStubs(
            channel,
            ca_pb2_grpc.AuthorityServiceStub(channel),
            ca_pb2_grpc.StatusFeedServiceStub(channel),
            ca_pb2_grpc.RevocationListServiceStub(channel),
        )
