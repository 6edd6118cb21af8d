"""Calls of a stub, with a deadline each, whose failures are typed errors.

A call with one answer is made at the instance that owns what it is about (docs/leases.md): at the
service's own address first, and again where that one points to, with the same request and so the
same request id. The caller sees the answer, or that nobody gave one in time.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.errors import OpenJpkiError
from openjpki.rpc.client.connection import closed
from openjpki.rpc.client.search import Search
from openjpki.rpc.deadline import outgoing_timeout
from openjpki.rpc.grpc_failures import nobody_answered
from openjpki.rpc.labels import name_fields
from openjpki.rpc.status import typed_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openjpki.rpc.client.connection import RotatingConnection
    from openjpki.rpc.client.owners import OwnerConnections

    _Call = Callable[[Any, dict[str, Any]], Any]
    """Given gRPC's callable and the options of the call."""


def _refusal(error: grpc.RpcError, request: Any) -> OpenJpkiError:
    """The refusal of this request, which names the fields to blame as on the form."""
    refusal = typed_error(error)
    # Octets that the caller serialised itself have no fields to name.
    descriptor = getattr(request, "DESCRIPTOR", None)
    if descriptor is not None:
        name_fields(descriptor, refusal)
    return refusal


class ChannelMethod:
    """One method on whatever channel is the present one."""

    def __init__(
        self,
        connection: RotatingConnection,
        arity: str,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> None:
        self._connection = connection
        self._arity = arity
        self._args = args
        self._kwargs = kwargs
        self._made: tuple[grpc.Channel, Any] | None = None

    @property
    def name(self) -> str:
        """Its path, as ``/package.Service/Method``."""
        return str(self._args[0])

    @property
    def is_closed(self) -> bool:
        """Whether its channel was closed."""
        return self._connection.is_closed

    def connect_anew(self) -> None:
        """See :meth:`~openjpki.rpc.client.connection.RotatingConnection.connect_anew`."""
        self._connection.connect_anew()

    def on(self, connection: RotatingConnection) -> ChannelMethod:
        """The same method of another instance."""
        return ChannelMethod(connection, self._arity, self._args, self._kwargs)

    def callable(self) -> Any:
        """gRPC's own callable of the method, made once per channel."""
        channel = self._connection.channel()
        made = self._made
        if made is None or made[0] is not channel:
            method = self._connection.method(channel, self._arity, *self._args, **self._kwargs)
            made = self._made = (channel, method)
        return made[1]

    @contextmanager
    def typed_errors(self, request: Any) -> Iterator[None]:
        """Around a call: what gRPC raises becomes ``OpenJpkiError``."""
        try:
            yield
        except grpc.RpcError as error:
            raise _refusal(error, request) from error
        except ValueError as error:
            # Of all its errors gRPC gives this one no type: a call on a closed channel.
            if self._connection.is_closed:
                raise closed() from error
            raise


class TypedUnaryUnary:
    """A method with one answer."""

    def __init__(
        self,
        method: ChannelMethod,
        owners: OwnerConnections | None,
        default_timeout: float,
        *,
        wait_for_ready: bool,
    ) -> None:
        """Without ``owners`` a call is made once, at the service's own address."""
        self._method = method
        self._owners = owners
        self._default_timeout = default_timeout
        self._wait_for_ready = wait_for_ready

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer. Raises ``OpenJpkiError``."""
        return self._at_its_owner(
            request, timeout, kwargs, lambda method, options: method(request, **options)
        )

    def with_call(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer and its call (for metadata). Raises ``OpenJpkiError``."""
        return self._at_its_owner(
            request, timeout, kwargs, lambda method, options: method.with_call(request, **options)
        )

    def future(self, request: Any, timeout: float | None = None, **kwargs: Any) -> TypedFuture:
        """Starts the call, at the service's own address alone; ``result()`` of what comes back
        raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=self._default_timeout)
        with self._method.typed_errors(request):
            call = self._method.callable().future(request, timeout=limit, **kwargs)
            return TypedFuture(call, request)

    def _at_its_owner(
        self, request: Any, timeout: float | None, options: dict[str, Any], call: _Call
    ) -> Any:
        limit = outgoing_timeout(timeout, default=self._default_timeout)
        owners = self._owners
        if owners is None:
            return self._once(request, None, limit, options, call)
        search = Search(limit)
        about = (self._method.name, getattr(request, "authority_id", ""))
        asked = owners.last_asked(*about)
        while True:
            try:
                return self._once(request, asked, search.left(), options, call)
            except OpenJpkiError as refused:
                if self._method.is_closed:
                    raise
                before, asked = asked, search.next(refused, asked)
                owners.learn(*about, asked)
                if before is not None and asked is None and nobody_answered(refused):
                    # Gone, or out of reach: from outside a cluster a pod's own address leads
                    # nowhere, and only the balancer leads to the pod.
                    self._method.connect_anew()

    def _once(
        self,
        request: Any,
        address: str | None,
        timeout: float | None,
        options: dict[str, Any],
        call: _Call,
    ) -> Any:
        if address is None or self._owners is None:
            given = {"wait_for_ready": self._wait_for_ready, **options, "timeout": timeout}
            with self._method.typed_errors(request):
                return call(self._method.callable(), given)
        # Where an instance went nothing is waited for: another one takes its place elsewhere.
        given = {**options, "wait_for_ready": False, "timeout": timeout}
        with self._owners.to(address) as connection:
            method = self._method.on(connection)
            with method.typed_errors(request):
                return call(method.callable(), given)


class TypedUnaryStream:
    """A method that answers in a stream."""

    def __init__(self, method: ChannelMethod, *, wait_for_ready: bool) -> None:
        self._method = method
        self._wait_for_ready = wait_for_ready

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> TypedStream:
        """The stream; iterating it raises ``OpenJpkiError``. Without ``timeout`` it has none of
        its own."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=None)
        with self._method.typed_errors(request):
            return TypedStream(self._method.callable()(request, timeout=limit, **kwargs), request)


class _Delegate:
    """The rest of a call (cancel, code, metadata, …) is gRPC's own."""

    def __init__(self, inner: Any, request: Any) -> None:
        self._inner = inner
        self._request = request

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class TypedStream(_Delegate):
    """Messages as they come; ``cancel()`` ends it."""

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._inner)
        except grpc.RpcError as error:
            raise _refusal(error, self._request) from error


class TypedFuture(_Delegate):
    """One answer to come."""

    def result(self, timeout: float | None = None) -> Any:
        """The answer. Raises ``OpenJpkiError``; ``grpc.FutureTimeoutError`` if it is not there
        within ``timeout`` seconds."""
        try:
            return self._inner.result(timeout)
        except grpc.RpcError as error:
            raise _refusal(error, self._request) from error

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What :meth:`result` would raise."""
        error = self._inner.exception(timeout)
        return _refusal(error, self._request) if isinstance(error, grpc.RpcError) else error
