"""Callers that take what they can and give nothing: calls without a message, TLS without an end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki.rpc.identity.credentials import TlsFiles

_A_CONNECTION = 100
"""Calls on one connection."""
_HELLO = bytes.fromhex("1603010200")
"""The head of a TLS record whose rest never comes (RFC 8446 5.1)."""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One for the process, never closed: gRPC goes on telling it of calls that are over."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="half-open", daemon=True).start()
    return loop


class HalfOpen:
    """Calls of which only the headers were sent, and how each ended."""

    def __init__(self, target: str, name: str) -> None:
        """``name``: the one that the service shows in its certificate."""
        self._target = target
        self._name = name
        self._loop = _loop()
        self._channels: list[Any] = []
        self._calls: list[Any] = []
        self.ended: Counter[grpc.StatusCode] = Counter()

    def open(self, peer: TlsFiles, path: str, count: int) -> None:
        """So many calls of a peer, each left open until the server ends it."""
        asyncio.run_coroutine_threadsafe(self._open(peer, path, count), self._loop).result(60)

    def close(self) -> None:
        """The peers go away."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(60)

    async def _open(self, peer: TlsFiles, path: str, count: int) -> None:
        credentials = channel_credentials(RotatingMaterial(peer).current())
        options = [
            ("grpc.ssl_target_name_override", self._name),
            ("grpc.use_local_subchannel_pool", 1),
        ]
        for begun in range(0, count, _A_CONNECTION):
            channel = grpc.aio.secure_channel(self._target, credentials, options)
            self._channels.append(channel)
            method: Any = channel.stream_unary(path)
            for _ in range(min(_A_CONNECTION, count - begun)):
                call = method(timeout=300)
                self._calls.append(asyncio.ensure_future(self._ended(call)))

    async def _ended(self, call: Any) -> None:
        self.ended[await call.code()] += 1

    async def _close(self) -> None:
        for channel in self._channels:
            await channel.close()
        await asyncio.gather(*self._calls, return_exceptions=True)


@contextmanager
def half_open(target: str, name: str) -> Iterator[HalfOpen]:
    """Closed at the end."""
    attack = HalfOpen(target, name)
    try:
        yield attack
    finally:
        attack.close()


@contextmanager
def slow_tls(port: int, count: int) -> Iterator[Sequence[socket.socket]]:
    """Connections to a port of this machine that begin TLS and go no further."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", port), timeout=30))
            opened[-1].sendall(_HELLO)
        yield opened
    finally:
        for one in opened:
            one.close()
