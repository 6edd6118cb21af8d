"""Which authorities this service serves, as its own certificate of the mesh says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.served_scope import ServedScope
from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.rpc.identity.peer import read_certificate

if TYPE_CHECKING:
    from openjpki.rpc.identity.credentials import TlsFiles


class OwnScope:
    """ca lets a replica follow these and no others, so it asks for no others."""

    def __init__(self, tls: TlsFiles, trust_domain: str) -> None:
        """Raises ``INVALID_FIELD`` for credentials that can't be used."""
        self._material = RotatingMaterial(tls)
        self._trust_domain = trust_domain

    def current(self) -> ServedScope:
        """As of the newest good credentials: a changed scope is a new certificate."""
        own = read_certificate(self._material.current().certificate, self._trust_domain)
        return own.identity.reach or ServedScope()
