"""The connection under a channel, opened anew when its credentials change."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import channel_credentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki.rpc.identity.credentials import RotatingMaterial


def closed() -> OpenJpkiError:
    """What a call gets that comes after the end."""
    return OpenJpkiError(Reason.SERVICE_UNAVAILABLE, "the connection to the service was closed")


LOOK_EVERY = 10.0
"""Seconds between looks at the files."""

_ANEW_EVERY = 1.0


class RotatingConnection:
    """Gives the channel to call on. After a rotation new calls take a new one; calls in progress
    end on the old one, which goes when the last of them does."""

    def __init__(
        self,
        target: str,
        rotating: RotatingMaterial,
        options: Sequence[tuple[str, Any]],
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._target = target
        self._options = options
        self._look_every = look_every
        self._rotating = rotating
        self._lock = Lock()
        self._closed = False
        self._channel = self._open()
        self._look_at = time.monotonic() + look_every
        self._anew_at = 0.0

    def channel(self) -> grpc.Channel:
        """The channel for the next call."""
        if time.monotonic() >= self._look_at:
            self._look()
        return self._channel

    def method(self, channel: grpc.Channel, arity: str, *args: Any, **kwargs: Any) -> Any:
        """gRPC's callable of a method on this channel.

        gRPC ends the whole process when one is made while another thread closes the channel, so
        the two take turns. Raises ``SERVICE_UNAVAILABLE`` once closed.
        """
        with self._lock:
            if self._closed:
                raise closed()
            return getattr(channel, arity)(*args, **kwargs)

    def connect_anew(self) -> None:
        """Give the next calls a new connection, which a balancer may pass to another instance. Once
        a second at most, however many calls ask for it."""
        with self._lock:
            now = time.monotonic()
            if not self._closed and now >= self._anew_at:
                self._anew_at = now + _ANEW_EVERY
                self._channel = self._open()

    @property
    def is_closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._closed

    def close(self) -> None:
        """Ends the channel and the calls on it."""
        with self._lock:
            self._closed = True
            self._channel.close()

    def _look(self) -> None:
        with self._lock:
            self._look_at = time.monotonic() + self._look_every
            if not self._closed and self._rotating.current() is not self._material:
                self._channel = self._open()

    def _open(self) -> grpc.Channel:
        self._material = self._rotating.current()
        credentials = channel_credentials(self._material)
        return grpc.secure_channel(self._target, credentials, self._options)
