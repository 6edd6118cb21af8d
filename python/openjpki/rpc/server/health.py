"""The standard health service on a plaintext port of its own: probes have no certificates.

Nobody is known here, so there is little to take: few calls at once, fewer from one address, each of
one small message that must come at once. The port is for the cluster's probes and for operators
beside them; who may reach it is the network policy's to say.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health, health_pb2

from openjpki.errors import OpenJpkiError
from openjpki.rpc.server import outcome
from openjpki.rpc.server.call_threads import CallThreads
from openjpki.rpc.server.connections import Connections
from openjpki.rpc.server.header_size import HeaderSize
from openjpki.rpc.server.reading import Reading
from openjpki.rpc.server.reflection import handler_of, questions, servicer_of
from openjpki.rpc.server.room import Room
from openjpki.rpc.server.ticking import Ticking
from openjpki.rpc.server.validation import parse
from openjpki.rpc.uncompressed import UNCOMPRESSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

SERVICE: str = health.SERVICE_NAME
ALIVE = "alive"
"""The name under which a process is told from one that must be started anew: it answers its own
calls, whether or not it can serve yet. A replica that waits for its peers is alive, not ready."""
REQUEST = health_pb2.HealthCheckRequest

_MAX_CALLS, _MAX_CALLS_EACH = 64, 16
_REFUSERS = 4
_MAX_MESSAGE = 4096
_PATIENCE = 2.0
_OPTIONS = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE),
    ("grpc.max_metadata_size", _MAX_MESSAGE),
    ("grpc.absolute_max_metadata_size", _MAX_MESSAGE),
    ("grpc.max_concurrent_streams", _MAX_CALLS_EACH),
    ("grpc.max_connection_idle_ms", 60_000),
    ("grpc.server_handshake_timeout_ms", 2_000),
    ("grpc.http2.settings_timeout", 2_000),
    ("grpc.so_reuseport", 0),
    *UNCOMPRESSED,
)


class HealthServer:
    """Answers ``grpc.health.v1.Health`` for the whole (name ``""``), for each service, and for
    :data:`ALIVE`; with reflection, so that a tool needs no files to ask it."""

    def __init__(self, listen: str, services: Iterable[str]) -> None:
        self._servicer = health.HealthServicer()
        self._names = ("", ALIVE, *services)
        self._lock = Lock()
        self._told = dict.fromkeys(self._names, False) | {ALIVE: True}
        self._door_answers = True
        self._room = Room("probes", total=_MAX_CALLS, of_one_caller=_MAX_CALLS_EACH)
        self._reading = Reading(_PATIENCE)
        self._connections = Connections(listen)
        self._ticking = Ticking(
            "rpc-health-reading",
            {
                "end_late_probes": self._reading.look,
                "let_probes_in": self._connections.look,
            },
        )
        self._pool = CallThreads(_MAX_CALLS + _REFUSERS, "rpc-health")
        self._server = grpc.server(
            self._pool.for_grpc(),
            interceptors=[HeaderSize(_MAX_MESSAGE, self._connections)],
            maximum_concurrent_rpcs=4 * _MAX_CALLS,
            options=_OPTIONS,
        )
        self._server.add_generic_rpc_handlers((self._health(), self._reflection()))
        self._connections.port = self.port = self._server.add_insecure_port(listen)
        self._tell()

    def set_serving(self, service: str = "", *, serving: bool) -> None:
        """Says whether a service (full name; ``""``: the whole process) takes calls."""
        with self._lock:
            self._told[service] = serving
            self._tell()

    def set_all_serving(self) -> None:
        """The process and all its services take calls."""
        with self._lock:
            self._told = dict.fromkeys(self._names, True)
            self._tell()

    def set_door_answers(self, *, answers: bool) -> None:
        """Whether a call that came in as every caller's was answered: what is not is not serving,
        whatever it says of itself."""
        with self._lock:
            if answers is not self._door_answers:
                self._door_answers = answers
                self._tell()

    def start(self) -> None:
        """Starts answering: NOT_SERVING until told otherwise, and alive."""
        self._ticking.start()
        self._server.start()

    def drain(self) -> None:
        """NOT_SERVING for good: balancers take their calls elsewhere."""
        self._servicer.enter_graceful_shutdown()

    def stop(self) -> None:
        """Stops answering."""
        self._server.stop(0).wait()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._ticking.stop()

    def check(self, request: Any, context: Any) -> Any:
        """The state, as :class:`grpc_health.v1.health.HealthServicer` tells it."""
        return self._servicer.Check(request, context)

    def _tell(self) -> None:
        state = health_pb2.HealthCheckResponse
        for name, serving in self._told.items():
            self._servicer.set(
                name, state.SERVING if serving and self._door_answers else state.NOT_SERVING
            )

    def _enter(self, context: grpc.ServicerContext) -> None:
        """Take room for a call until it is over, or refuse it."""
        address = context.peer().rpartition(":")[0]
        try:
            self._room.take(address)
        except OpenJpkiError as error:
            outcome.refuse(context, error)
        if not context.add_callback(lambda: self._room.give_back(address)):
            self._room.give_back(address)

    def _asked(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        self._enter(context)
        try:
            return parse(REQUEST, self._reading.one(requests, context))
        except OpenJpkiError as error:
            outcome.refuse(context, error)

    def _health(self) -> grpc.GenericRpcHandler:
        def check(requests: Iterator[bytes], context: grpc.ServicerContext) -> Any:
            return self.check(self._asked(requests, context), context)

        def watch(
            requests: Iterator[bytes], context: grpc.ServicerContext, send: Callable[[Any], None]
        ) -> None:
            self._servicer.Watch(self._asked(requests, context), context, send)

        # As the servicer's own: a watcher holds no thread.
        watch.experimental_non_blocking = True  # type: ignore[attr-defined]
        serialize = health_pb2.HealthCheckResponse.SerializeToString
        return grpc.method_handlers_generic_handler(
            SERVICE,
            {
                "Check": grpc.stream_unary_rpc_method_handler(check, None, serialize),
                "Watch": grpc.stream_stream_rpc_method_handler(watch, None, serialize),
            },
        )

    def _reflection(self) -> grpc.GenericRpcHandler:
        servicer = servicer_of([SERVICE])

        def serve(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[Any]:
            self._enter(context)
            try:
                yield from servicer.ServerReflectionInfo(
                    questions(self._reading, requests, context), context
                )
            except OpenJpkiError as error:
                outcome.refuse(context, error)

        return handler_of(serve)
