"""Which call an entry of the log belongs to."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

_call: ContextVar[tuple[str, str] | None] = ContextVar("openjpki_log_scope", default=None)


def enter_call(method: str, peer: str) -> None:
    """From here on, entries of this call name its method and its caller's SPIFFE id."""
    _call.set((method, peer))


def add_call(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The structlog processor that adds them."""
    call = _call.get()
    if call is not None:
        event.setdefault("method", call[0])
        event.setdefault("peer", call[1])
    return event
