"""What stands before every method: who calls, whether they may, for how long, with what.

One pass in one place, because a Python interceptor each would cost more than their work. The
order is fixed: identity, role, message, scope, deadline, rules; then the method's own code.
Octets of a peer without the role are never parsed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.current_call import Call, enter, leave
from openjpki.rpc.deadline import expiry
from openjpki.rpc.server import outcome
from openjpki.rpc.server.running_streams import StreamContext
from openjpki.rpc.server.validation import check_message, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import grpc
    from google.protobuf.message import Message

    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.rpc.identity.roles import PeerRole
    from openjpki.rpc.server.authenticator import Authenticator
    from openjpki.rpc.server.authorization import MethodPolicy
    from openjpki.rpc.server.running_streams import RunningStreams
    from openjpki.rpc.server.stream_room import StreamRoom
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

    def admit(self, octets: bytes, context: grpc.ServicerContext, passing: _Passing) -> Message:
        """The checked message. Raises the refusal's ``OpenJpkiError``."""
        certified = self.authenticator.identify(context)
        passing.certified = certified
        peer = certified.identity
        self.policy.check_role(peer, self.service)
        message = parse(self.message_type, octets)
        self.policy.check_scope(peer, message)
        expires_at = expiry(context.time_remaining(), cap=self.deadline_cap)
        check_message(message)
        enter(Call(context, self.method, peer, expires_at, certified))
        return message


class _Passing:
    """One call on its way: begun when made, ended once."""

    __slots__ = ("_guard", "_started", "certified")

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._started = time.perf_counter()
        self.certified: CertifiedPeer | None = None
        guard.metrics.start()

    def end(self, error: OpenJpkiError | None) -> None:
        seconds = time.perf_counter() - self._started
        self._guard.metrics.end(outcome.counted_as(error), seconds)
        peer = self.certified.identity if self.certified else None
        outcome.log_end(self._guard.method, peer, error, seconds)

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
) -> Callable[[bytes, grpc.ServicerContext], bytes]:
    """A method with one answer, behind its guard. From the request's octets to the answer's."""

    def serve(octets: bytes, context: grpc.ServicerContext) -> bytes:
        passing = _Passing(guard)
        try:
            message = guard.admit(octets, context, passing)
            answer = guard.serialize(behaviour(message, context))
        except Exception as error:  # noqa: BLE001 - the edge: nothing may leak past it
            passing.refuse(error, context)
        finally:
            leave(context)
        passing.end(None)
        return answer

    return serve


def guarded_stream(
    guard: Guard,
    behaviour: Callable[[Any, grpc.ServicerContext], Iterator[Any]],
    room: StreamRoom,
    running: RunningStreams,
) -> Callable[[bytes, grpc.ServicerContext], Iterator[bytes]]:
    """A method that answers in a stream, behind its guard.

    ``room`` bounds the streams that run at once, altogether and of one caller. A stream ends with
    its caller's certificate, and when that is denied, as ``running`` sees to; the caller of an
    expired one comes back with the next.
    """

    def serve(octets: bytes, own_context: grpc.ServicerContext) -> Iterator[bytes]:
        context: Any = StreamContext(own_context)
        passing = _Passing(guard)
        error: OpenJpkiError | None = None
        held: str | None = None
        try:
            message = guard.admit(octets, context, passing)
            context.peer = certified = _identified(passing)
            room.take(certified.identity.spiffe_id)
            held = certified.identity.spiffe_id
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
            if held is not None:
                room.give_back(held)
            passing.end(error)
            # The frame must not refer to an exception that passed through it (see ``refuse``).
            error = None
            leave(context)

    return serve


def _identified(passing: _Passing) -> CertifiedPeer:
    if passing.certified is None:
        raise OpenJpkiError(Reason.UNAUTHENTICATED, "nobody was identified")
    return passing.certified
