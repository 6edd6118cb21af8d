"""Puts the guard around every method as it is registered with a server.

``add_<Service>Servicer_to_server(servicer, GuardedRegistry)`` hands over the handlers; what can't
be guarded is refused there and then, so nothing unguarded is ever served.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import descriptor_pool, message_factory

from openjpki.rpc.server.authorization import ContractError, policies_of
from openjpki.rpc.server.guard import Guard, guarded_stream, guarded_unary
from openjpki.telemetry.rpc_metrics import MethodMetrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from google.protobuf.descriptor import MethodDescriptor

    from openjpki.rpc.identity.roles import PeerRole
    from openjpki.rpc.server.authenticator import Authenticator
    from openjpki.rpc.server.reading import Reading
    from openjpki.rpc.server.room import Room
    from openjpki.rpc.server.running_streams import RunningStreams
    from openjpki.rpc.server.turns import Turns


class GuardedRegistry(grpc.Server):
    """Stands in for the server while services are added to it; serves nothing itself."""

    def __init__(
        self,
        server: grpc.Server,
        authenticator: Authenticator,
        *,
        service: PeerRole,
        running: RunningStreams,
        reading: Reading,
        calls: Room,
        streams: Room,
        turns: Turns,
        deadline_cap: float,
    ) -> None:
        self._server = server
        self._authenticator = authenticator
        self._service = service
        self._running = running
        self._deadline_cap = deadline_cap
        self._reading = reading
        self._calls = calls
        self._streams = streams
        self._turns = turns
        self.services: list[str] = []

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Called by generated code. Raises :class:`ContractError`."""
        service = descriptor_pool.Default().FindServiceByName(service_name)
        policies = policies_of(service)
        if set(policies) != set(method_handlers):
            raise ContractError(f"{service_name}: handlers and contract differ")
        guarded = {
            name: self._guarded(
                handler,
                service.methods_by_name[name],
                Guard(
                    method=f"{service_name}/{name}",
                    service=self._service,
                    policy=policies[name],
                    message_type=message_factory.GetMessageClass(
                        service.methods_by_name[name].input_type
                    ),
                    authenticator=self._authenticator,
                    metrics=MethodMetrics(service_name, name),
                    serialize=_there(handler.response_serializer),
                    deadline_cap=None if handler.response_streaming else self._deadline_cap,
                    room=self._streams if handler.response_streaming else self._calls,
                    reading=self._reading,
                    turns=None if handler.response_streaming else self._turns,
                ),
            )
            for name, handler in method_handlers.items()
        }
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service_name, guarded),)
        )
        self._server.add_registered_method_handlers(service_name, guarded)
        self.services.append(service_name)

    def add_generic_rpc_handlers(
        self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]
    ) -> None:
        """Called by generated code with the same handlers again, unguarded: left aside."""
        del generic_rpc_handlers

    def _guarded(
        self, handler: grpc.RpcMethodHandler[Any, Any], method: MethodDescriptor, guard: Guard
    ) -> grpc.RpcMethodHandler[Any, Any]:
        if handler.request_streaming:
            raise ContractError(f"{method.full_name}: streams of requests are not served")
        # Octets in and out: the guard parses once it knows that the caller may ask, and an answer
        # that can't be written is a failure like any other. To gRPC the requests are streams, so
        # that it does not wait for the message before the guard has looked at who calls.
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                guarded_stream(guard, _there(handler.unary_stream), self._running)
            )
        return grpc.stream_unary_rpc_method_handler(
            guarded_unary(guard, _there(handler.unary_unary))
        )

    def add_insecure_port(self, address: str) -> int:
        raise NotImplementedError(address)

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        raise NotImplementedError(address, server_credentials)

    def start(self) -> None:
        raise NotImplementedError

    def stop(self, grace: float | None) -> Any:
        raise NotImplementedError(grace)

    def wait_for_termination(self, timeout: float | None = None) -> bool:
        raise NotImplementedError(timeout)


def _there(part: Callable[..., Any] | None) -> Callable[..., Any]:
    if part is None:
        raise ContractError("a handler lacks its behaviour or its serializer")
    return part
