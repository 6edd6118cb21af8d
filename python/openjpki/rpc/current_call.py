"""The call being served, for the code that serves it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from openjpki.domain.served_scope import ServedScope
from openjpki.telemetry.scope import enter_call

if TYPE_CHECKING:
    import grpc

    from openjpki.rpc.identity.peer import CertifiedPeer, PeerIdentity


class Call(NamedTuple):
    """One call that passed the guard. A tuple: one is made for every call, and a frozen dataclass
    takes three times as long.

    ``expires_at`` is on ``time.monotonic()``'s scale, in seconds; infinite for a stream whose
    caller set no deadline.
    """

    context: grpc.ServicerContext
    method: str
    peer: PeerIdentity
    expires_at: float
    certified: CertifiedPeer | None = None
    """The peer with the certificate that it showed."""


_current: ContextVar[Call | None] = ContextVar("openjpki_call", default=None)


def enter(call: Call) -> None:
    """Makes it the current call, until :func:`leave`. gRPC runs every call in a context of its
    own; a thread started by the call must copy the context to know it."""
    _current.set(call)
    enter_call(call.method, call.peer.spiffe_id)


def leave(context: grpc.ServicerContext) -> None:
    """Forgets this call once it is served; another one that is current stays.

    gRPC's state of a call holds the context that the call runs in. Left there, the call would
    hold that state in turn, and everything of every call, what was asked included, would wait
    for the garbage collector, which then takes a fifth of a short call's time.
    """
    call = _current.get()
    if call is not None and call.context is context:
        _current.set(None)


def current_call() -> Call | None:
    """The call being served here, if any."""
    return _current.get()


def peer_of(context: grpc.ServicerContext) -> PeerIdentity:
    """Who made this call, as proved by its certificate. Only for code that serves the call."""
    call = _current.get()
    if call is None or call.context is not context:
        raise LookupError("this is not the call being served here")
    return call.peer


def caller_of(context: grpc.ServicerContext) -> CertifiedPeer:
    """Who made this call, and with which certificate. Only for code that serves the call."""
    call = _current.get()
    if call is None or call.context is not context or call.certified is None:
        raise LookupError("this is not the call being served here")
    return call.certified


def served_by(context: grpc.ServicerContext) -> ServedScope:
    """What the caller speaks for; nothing, of a role whose scope is one name."""
    return peer_of(context).reach or ServedScope()
