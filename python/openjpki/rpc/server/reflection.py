"""Server reflection: the contracts of a server, read from the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha import reflection, reflection_pb2

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.server import outcome
from openjpki.rpc.server.guard import Passing
from openjpki.rpc.server.running_streams import StreamContext
from openjpki.rpc.server.validation import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openjpki.rpc.server.guard import Guard
    from openjpki.rpc.server.reading import Reading
    from openjpki.rpc.server.running_streams import RunningStreams

SERVICE, METHOD = reflection.SERVICE_NAME, "ServerReflectionInfo"
REQUEST = reflection_pb2.ServerReflectionRequest

MAX_QUESTIONS = 1000
"""The most that one stream asks; every message and every file of ours is far fewer."""
PATIENCE = 30.0
"""Seconds between two questions of one stream."""


def add_reflection(
    server: grpc.Server, guard: Guard, services: Iterable[str], running: RunningStreams
) -> None:
    """Serves the contracts of these services behind a guard, in the room that streams have: who
    asks nothing and stays must keep nobody from being answered."""
    servicer = servicer_of(services)

    def serve(requests: Iterator[bytes], own_context: grpc.ServicerContext) -> Iterator[Any]:
        context: Any = StreamContext(own_context)
        passing = Passing(guard)
        error: OpenJpkiError | None = None
        try:
            context.peer = guard.identify(context, passing)
            running.add(context)
            asked = questions(guard.reading, requests, context)
            yield from servicer.ServerReflectionInfo(asked, context)
            context.require_current()
        except GeneratorExit:
            error = context.refusal or OpenJpkiError(Reason.CANCELLED, "the caller went away")
            raise
        except Exception as failure:  # noqa: BLE001 - the edge: nothing may leak past it
            error = context.refusal or outcome.refusal_of(failure, guard.method)
            outcome.refuse(context, error)
        finally:
            running.remove(context)
            context.refusal = None
            passing.give_back()
            passing.end(error)
            # The frame must not refer to an exception that passed through it.
            error = None

    server.add_generic_rpc_handlers((handler_of(serve),))


def servicer_of(services: Iterable[str]) -> Any:
    """grpcio's servicer, for these services and itself."""
    return reflection.ReflectionServicer([*services, SERVICE], pool=_Symbols())


class _Symbols:
    """The pool of descriptors, which also finds a method by its name: the contract of reflection
    promises that, and the pool's own search passes methods over."""

    def __init__(self) -> None:
        self._pool: Any = descriptor_pool.Default()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> Any:  # noqa: N802 - the pool's name
        """Raises ``KeyError`` where there is none."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            return self._pool.FindMethodByName(symbol).containing_service.file


def handler_of(serve: Any) -> grpc.GenericRpcHandler:
    """What gRPC is given: questions as octets, answers as messages."""
    method: grpc.RpcMethodHandler[Any, Any] = grpc.stream_stream_rpc_method_handler(
        serve, None, reflection_pb2.ServerReflectionResponse.SerializeToString
    )
    return grpc.method_handlers_generic_handler(SERVICE, {METHOD: method})


def questions(
    reading: Reading, requests: Iterator[bytes], context: grpc.ServicerContext
) -> Iterator[Any]:
    """What the caller asks. Raises as :meth:`~openjpki.rpc.server.reading.Reading.next`,
    ``INVALID_FIELD`` for anything else, and ``TOO_MANY_CALLS`` for more than anybody needs."""
    for _ in range(MAX_QUESTIONS):
        octets = reading.next(requests, context, PATIENCE)
        if octets is None:
            return
        yield parse(REQUEST, octets)
    raise OpenJpkiError(Reason.TOO_MANY_CALLS, "one stream may ask no more")
