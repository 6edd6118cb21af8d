"""What stands before every method: who calls, whether they may, for how long, with what.

One pass in one place, because a Python interceptor each would cost more than their work. The
order is fixed: identity, role, room, message, turn, scope, deadline, rules; then the method's own
code. Octets of a peer without the role are never parsed, and what is scarce (threads, turns at
working) is given only to a caller that is known, and within that caller's share.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import Call, enter, leave
from openjpki.rpc.deadline import expiry
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import outcome
from openjpki.rpc.server.running_streams import StreamContext
from openjpki.rpc.server.validation import check_message, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc
    from google.protobuf.message import Message

    from openjpki.rpc.identity.peer import CertifiedPeer, PeerIdentity
    from openjpki.rpc.server.authenticator import Authenticator
    from openjpki.rpc.server.authorization import MethodPolicy
    from openjpki.rpc.server.reading import Reading
    from openjpki.rpc.server.room import Room
    from openjpki.rpc.server.running_streams import RunningStreams
    from openjpki.rpc.server.turns import Turns
    from openjpki.telemetry.rpc_metrics import MethodMetrics


@dataclass(frozen=True, slots=True)
class Guard:
    """The guard of one method; everything that can be known beforehand is."""

    method: str
    service: PeerRole
    """The service that serves it."""
    policy: MethodPolicy
    message_type: type[Message]
    authenticator: Authenticator
    metrics: MethodMetrics
    serialize: Callable[[Any], bytes]
    deadline_cap: float | None
    """Seconds; ``None``: the method may run without a deadline (streams)."""
    room: Room
    """For the calls, or the streams, of the server."""
    reading: Reading
    turns: Turns | None
    """``None``: the method's calls are as many as there is room for (streams)."""

    def identify(self, context: grpc.ServicerContext, passing: Passing) -> CertifiedPeer:
        """Who calls, with the role and within its share of the room. Raises the refusal."""
        passing.certified = certified = self.authenticator.identify(context)
        self.policy.check_role(certified.identity, self.service)
        passing.take_room(certified.identity)
        return certified

    def admit(
        self, requests: Iterator[bytes], context: grpc.ServicerContext, passing: Passing
    ) -> Message:
        """The checked message. Raises the refusal's ``OpenJpkiError``."""
        certified = self.identify(context, passing)
        peer = certified.identity
        octets = self.reading.one(requests, context)
        passing.take_turn(peer, context)
        # For the message, and for the turn, it may have waited longer than a denial may take.
        self.authenticator.check_current(certified)
        message = passing.message = parse(self.message_type, octets)
        self.policy.check_scope(peer, message)
        expires_at = expiry(context.time_remaining(), cap=self.deadline_cap)
        check_message(message, octets)
        enter(Call(context, self.method, peer, expires_at, certified))
        return message


class Passing:
    """One call on its way: begun when made, ended once."""

    __slots__ = ("_guard", "_in_room", "_started", "_working", "certified", "message")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._started = time.perf_counter()
        self._in_room: PeerIdentity | None = None
        self._working: PeerIdentity | None = None
        self.certified: CertifiedPeer | None = None
        self.message: Message | None = None
        """What was asked, once it could be read."""
        guard.metrics.start()

    def take_room(self, peer: PeerIdentity) -> None:
        """Raises as :meth:`~openjpki.rpc.server.room.Room.take`."""
        self._guard.room.take(peer.spiffe_id, operator=peer.role is PeerRole.OPERATOR)
        self._in_room = peer

    def take_turn(self, peer: PeerIdentity, context: grpc.ServicerContext) -> None:
        """Raises as :meth:`~openjpki.rpc.server.turns.Turns.take`."""
        if self._guard.turns is not None:
            self._guard.turns.take(peer, context)
            self._working = peer

    def give_back(self) -> None:
        """What it took is free for others."""
        if self._working is not None and self._guard.turns is not None:
            self._guard.turns.give_back(self._working)
        if self._in_room is not None:
            self._guard.room.give_back(self._in_room.spiffe_id)
        self._working = self._in_room = None

    def end(self, error: OpenJpkiError | None) -> None:
        seconds = time.perf_counter() - self._started
        self._guard.metrics.end(outcome.counted_as(error), seconds)
        peer = self.certified.identity if self.certified else None
        outcome.log_end(self._guard.method, peer, self.message, error, seconds)

    def refuse(self, error: Exception, context: grpc.ServicerContext) -> NoReturn:
        # A function of its own, so that the frame that caught the error holds no reference to the
        # refusal: an exception refers to the frames it passed through, and a frame that refers
        # back would keep itself and the whole call in memory until the collector runs.
        refusal = outcome.refusal_of(error, self._guard.method)
        self.end(refusal)
        outcome.refuse(context, refusal)

    def check_current(self) -> None:
        if self.certified is not None:
            self._guard.authenticator.check_current(self.certified)


def guarded_unary(
    guard: Guard, behaviour: Callable[[Any, grpc.ServicerContext], Any]
) -> Callable[[Iterator[bytes], grpc.ServicerContext], bytes]:
    """A method with one answer, behind its guard. From the request's octets to the answer's."""

    def serve(requests: Iterator[bytes], context: grpc.ServicerContext) -> bytes:
        passing = Passing(guard)
        try:
            message = guard.admit(requests, context, passing)
            answer = guard.serialize(behaviour(message, context))
        except Exception as error:  # noqa: BLE001 - the edge: nothing may leak past it
            passing.refuse(error, context)
        finally:
            passing.give_back()
            leave(context)
        passing.end(None)
        return answer

    return serve


def guarded_stream(
    guard: Guard,
    behaviour: Callable[[Any, grpc.ServicerContext], Iterator[Any]],
    running: RunningStreams,
) -> Callable[[Iterator[bytes], grpc.ServicerContext], Iterator[bytes]]:
    """A method that answers in a stream, behind its guard.

    A stream ends with its caller's certificate, and when that is denied, as ``running`` sees to;
    the caller of an expired one comes back with the next.
    """

    def serve(requests: Iterator[bytes], own_context: grpc.ServicerContext) -> Iterator[bytes]:
        context: Any = StreamContext(own_context)
        passing = Passing(guard)
        error: OpenJpkiError | None = None
        try:
            message = guard.admit(requests, context, passing)
            context.peer = passing.certified
            running.add(context)
            for answer in behaviour(message, context):
                passing.check_current()
                yield guard.serialize(answer)
            context.require_current()
        except GeneratorExit:
            # gRPC closes the iterator when the caller has gone, or was made to.
            error = context.refusal or OpenJpkiError(Reason.CANCELLED, "the caller went away")
            raise
        except Exception as failure:  # noqa: BLE001 - the edge: nothing may leak past it
            # What fails once the stream may not go on, fails because of that.
            error = context.refusal or outcome.refusal_of(failure, guard.method)
            if context.refusal is None and not context.is_active():
                error = OpenJpkiError(Reason.CANCELLED, "the caller went away")
            outcome.refuse(context, error)
        finally:
            running.remove(context)
            context.refusal = None
            passing.give_back()
            passing.end(error)
            # The frame must not refer to an exception that passed through it (see ``refuse``).
            error = None
            leave(context)

    return serve
