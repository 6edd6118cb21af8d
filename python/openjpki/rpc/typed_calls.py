"""Calls of a stub, with a deadline each, whose failures are typed errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from openjpki.rpc.deadline import outgoing_timeout
from openjpki.rpc.status import typed_error

if TYPE_CHECKING:
    from collections.abc import Iterator


class TypedUnaryUnary:
    """A method with one answer."""

    def __init__(self, inner: Any, default_timeout: float, wait_for_ready: bool) -> None:  # noqa: FBT001
        self._inner = inner
        self._default_timeout = default_timeout
        self._wait_for_ready = wait_for_ready

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer. Raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        try:
            return self._inner(request, timeout=self._limit(timeout), **kwargs)
        except grpc.RpcError as error:
            raise typed_error(error) from error

    def with_call(self, request: Any, timeout: float | None = None, **kwargs: Any) -> Any:
        """The answer and its call (for metadata). Raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        try:
            return self._inner.with_call(request, timeout=self._limit(timeout), **kwargs)
        except grpc.RpcError as error:
            raise typed_error(error) from error

    def future(self, request: Any, timeout: float | None = None, **kwargs: Any) -> TypedFuture:
        """Starts the call; ``result()`` of what comes back raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        return TypedFuture(self._inner.future(request, timeout=self._limit(timeout), **kwargs))

    def _limit(self, timeout: float | None) -> float | None:
        return outgoing_timeout(timeout, default=self._default_timeout)


class TypedUnaryStream:
    """A method that answers in a stream."""

    def __init__(self, inner: Any, wait_for_ready: bool) -> None:  # noqa: FBT001
        self._inner = inner
        self._wait_for_ready = wait_for_ready

    def __call__(self, request: Any, timeout: float | None = None, **kwargs: Any) -> TypedStream:
        """The stream; iterating it raises ``OpenJpkiError``."""
        kwargs.setdefault("wait_for_ready", self._wait_for_ready)
        limit = outgoing_timeout(timeout, default=None)
        return TypedStream(self._inner(request, timeout=limit, **kwargs))


class _Delegate:
    """The rest of a call (cancel, code, metadata, …) is gRPC's own."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

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
            raise typed_error(error) from error


class TypedFuture(_Delegate):
    """One answer to come."""

    def result(self, timeout: float | None = None) -> Any:
        """The answer. Raises ``OpenJpkiError``; ``grpc.FutureTimeoutError`` if it is not there
        within ``timeout`` seconds."""
        try:
            return self._inner.result(timeout)
        except grpc.RpcError as error:
            raise typed_error(error) from error

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """What :meth:`result` would raise."""
        error = self._inner.exception(timeout)
        return typed_error(error) if isinstance(error, grpc.RpcError) else error
