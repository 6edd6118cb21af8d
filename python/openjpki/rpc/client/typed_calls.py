"""Calls of a stub, with a deadline each, whose failures are typed errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.rpc.client.connection import closed
from openjpki.rpc.deadline import outgoing_timeout
from openjpki.rpc.labels import labels_of
from openjpki.rpc.status import typed_error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openjpki.errors import OpenJpkiError
    from openjpki.rpc.client.connection import RotatingConnection


def _refusal(error: grpc.RpcError, request: Any) -> OpenJpkiError:
    """The refusal of this request, which names the fields to blame as on the form."""
    refusal = typed_error(error)
    # Octets that the caller serialised itself have no fields to name.
    descriptor = getattr(request, "DESCRIPTOR", None)
    if descriptor is not None:
        refusal.labels = labels_of(descriptor, refusal)
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
        self, method: ChannelMethod, default_timeout: float, *, wait_for_ready: bool
    ) -> None:
        self._method = method
        self._default_timeout = default_timeout
        self._wait_for_ready = wait_for_ready

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer. Raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=self._default_timeout)
        with self._method.typed_errors(request):
            return self._method.callable()(request, timeout=limit, **kwargs)

    def with_call(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer and its call (for metadata). Raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=self._default_timeout)
        with self._method.typed_errors(request):
            return self._method.callable().with_call(request, timeout=limit, **kwargs)

    def future(self, request: Any, timeout: float | None = None, **kwargs: Any) -> TypedFuture:
        """Starts the call; ``result()`` of what comes back raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=self._default_timeout)
        with self._method.typed_errors(request):
            call = self._method.callable().future(request, timeout=limit, **kwargs)
            return TypedFuture(call, request)


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
