"""The one message of a call, waited for no longer than it takes to send one.

gRPC gives a call a thread as soon as its headers are there, and would wait in it for the message
before it asks anybody who calls. So every method is registered as one that takes a stream of
messages, of which one is read, by :meth:`Reading.one`, once it is known who calls and that there is
room. On the wire it is the same.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import grpc

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


class Reading:
    """The calls of one server that have not sent their message."""

    def __init__(self, patience: float) -> None:
        """``patience``: seconds for the message to arrive."""
        self._patience = patience
        self._waiting: dict[int, tuple[float, grpc.ServicerContext]] = {}
        """By when, and the call; each put in and taken out by its own thread."""

    @property
    def waiting(self) -> int:
        """How many there are."""
        return len(self._waiting)

    def one(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        """The only message's octets. Raises as :meth:`next`, and ``INVALID_FIELD`` when the call
        ended without one."""
        octets = self.next(requests, context, self._patience)
        if octets is None:
            raise OpenJpkiError(Reason.INVALID_FIELD, "the call carries no message")
        return octets

    def next(
        self, requests: Iterator[bytes], context: grpc.ServicerContext, patience: float
    ) -> bytes | None:
        """The next message's octets; ``None``: the caller has sent its last.

        Raises ``DEADLINE_EXCEEDED`` when it did not come in so many seconds, ``CANCELLED`` when the
        caller went away, or gRPC ended the call as its message is too large.
        """
        key = id(context)
        ends = monotonic() + patience
        self._waiting[key] = ends, context
        try:
            return next(requests, None)
        except grpc.RpcError:
            if context.time_remaining() <= 0 or monotonic() >= ends:
                raise OpenJpkiError(
                    Reason.DEADLINE_EXCEEDED, "the call's message did not come in time"
                ) from None
            raise OpenJpkiError(
                Reason.CANCELLED, "the call was ended before its message was there"
            ) from None
        finally:
            del self._waiting[key]

    def look(self) -> None:
        """End the calls whose time is over; to be called several times a second."""
        now = monotonic()
        for ends, context in list(self._waiting.values()):
            if now >= ends:
                context.cancel()
