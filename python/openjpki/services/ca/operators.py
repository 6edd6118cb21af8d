"""Operators of this service, told apart from those of the others by their credential's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from openjpki.rpc.identity.peer import PeerIdentity

_SCOPE = PeerRole.CA.value


def require_operator(peer: PeerIdentity) -> PeerIdentity:
    """The peer, an operator of ca. Raises ``OUT_OF_SCOPE`` for one of another service."""
    if peer.scope != _SCOPE:
        raise OpenJpkiError(Reason.OUT_OF_SCOPE, "this is for operators of the ca service")
    return peer
