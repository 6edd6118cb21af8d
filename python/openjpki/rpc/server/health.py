"""The standard health service on a plaintext port of its own: probes have no certificates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterable

_THREADS = 4
_MAX_CALLS = 64
_MAX_MESSAGE = 4096


class HealthServer:
    """Answers ``grpc.health.v1.Health`` for the whole (name ``""``) and for each service."""

    def __init__(self, listen: str, services: Iterable[str]) -> None:
        self._servicer = health.HealthServicer()
        self._names = ("", *services)
        self._pool = ThreadPoolExecutor(_THREADS, "rpc-health")
        self._server = grpc.server(
            self._pool,
            maximum_concurrent_rpcs=_MAX_CALLS,
            options=[("grpc.max_receive_message_length", _MAX_MESSAGE), ("grpc.so_reuseport", 0)],
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, self._server)
        self.port = self._server.add_insecure_port(listen)
        for name in self._names:
            self.set_serving(name, serving=False)

    def set_serving(self, service: str = "", *, serving: bool) -> None:
        """Says whether a service (full name; ``""``: the whole process) takes calls."""
        state = health_pb2.HealthCheckResponse
        self._servicer.set(service, state.SERVING if serving else state.NOT_SERVING)

    def set_all_serving(self) -> None:
        """The process and all its services take calls."""
        for name in self._names:
            self.set_serving(name, serving=True)

    def start(self) -> None:
        """Starts answering: NOT_SERVING until told otherwise."""
        self._server.start()

    def drain(self) -> None:
        """NOT_SERVING for good: balancers take their calls elsewhere."""
        self._servicer.enter_graceful_shutdown()

    def stop(self) -> None:
        """Stops answering."""
        self._server.stop(0).wait()
        self._pool.shutdown(wait=False, cancel_futures=True)
