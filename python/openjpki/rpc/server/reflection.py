"""Server reflection for any peer of the mesh (and nobody else)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2

from openjpki.errors import OpenJpkiError
from openjpki.rpc.server import outcome
from openjpki.rpc.server.running_streams import StreamContext

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.server.authenticator import Authenticator
    from openjpki.rpc.server.guarded_registry import GuardedRegistry
    from openjpki.rpc.server.running_streams import RunningStreams

_METHOD = "ServerReflectionInfo"


def add_reflection(
    server: grpc.Server,
    authenticator: Authenticator,
    running: RunningStreams,
    registry: GuardedRegistry,
) -> None:
    """Serves the contracts of the registered services, in the threads and the room that their
    streams have: who asks nothing and stays must keep nobody from being answered."""
    servicer = reflection.ReflectionServicer([*registry.services, reflection.SERVICE_NAME])
    room = registry.room

    def serve(requests: Iterator[Any], own_context: grpc.ServicerContext) -> Iterator[Any]:
        context: Any = StreamContext(own_context)
        try:
            context.peer = authenticator.identify(context)
            caller = context.peer.identity.spiffe_id
            room.take(caller)
        except OpenJpkiError as error:
            outcome.refuse(context, error)
        running.add(context)
        try:
            yield from servicer.ServerReflectionInfo(requests, context)
        finally:
            running.remove(context)
            room.give_back(caller)

    serve.experimental_thread_pool = registry.stream_pool  # type: ignore[attr-defined]
    handler = grpc.stream_stream_rpc_method_handler(
        serve,
        reflection_pb2.ServerReflectionRequest.FromString,
        reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(reflection.SERVICE_NAME, {_METHOD: handler}),)
    )
