"""The other end of an HTTP connection: its address, or the verifier in its certificate."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.registry.access import Requester
from openjpki.services.ocsp.registry.entries import client_address

if TYPE_CHECKING:
    from aiohttp import web

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.rpc.server.deny_list import DenyList

_KEPT = 4096
"""Certificates remembered; beyond that all are forgotten and read again."""


def plain_requester(request: web.BaseRequest) -> Requester:
    """Over plain HTTP only the address of the TCP peer is known."""
    peer = request.get_extra_info("peername")
    return Requester(verifier_id=None, address=client_address(peer[0] if peer else None))


class TlsRequesters:
    """Reads the client certificate; each is parsed once."""

    def __init__(self, trust_domain: str, clock: Clock, deny_list: DenyList) -> None:
        self._trust_domain = trust_domain
        self._deny_list = deny_list
        self._clock = clock
        self._read: dict[bytes, CertifiedPeer | None] = {}

    def __call__(self, request: web.BaseRequest) -> Requester:
        """The verifier named in the client certificate.

        A peer that is no verifier, or whose certificate has expired or was denied since the
        connection was opened, gets the empty id, which no entry has, so it is refused as
        unregistered. It is not given a second chance by a signed request or by its address.
        """
        connection = request.get_extra_info("ssl_object")
        der = connection.getpeercert(binary_form=True) if connection else None
        peer = None if der is None else self._known(der)
        if peer is None or self._clock.now() > peer.not_after or self._denied(peer):
            return Requester(verifier_id="", address=None)
        return Requester(verifier_id=peer.identity.scope, address=None)

    def _denied(self, peer: CertifiedPeer) -> bool:
        try:
            self._deny_list.check(peer)
        except OpenJpkiError:
            return True
        return False

    def _known(self, der: bytes) -> CertifiedPeer | None:
        if der not in self._read:
            if len(self._read) >= _KEPT:
                self._read.clear()
            self._read[der] = self._parsed(der)
        return self._read[der]

    def _parsed(self, der: bytes) -> CertifiedPeer | None:
        try:
            pem = ssl.DER_cert_to_PEM_cert(der).encode("ascii")
            peer = read_certificate(pem, self._trust_domain)
        except OpenJpkiError:
            return None
        return peer if peer.identity.role is PeerRole.VERIFIER else None
