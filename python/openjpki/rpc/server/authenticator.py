"""The peer of a call, read from its connection; each certificate is parsed once."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, cast

from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import check_trust_domain, read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import grpc

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.peer import CertifiedPeer
    from openjpki.rpc.server.deny_list import DenyList

_KEPT = 4096
"""Certificates remembered; beyond that all are forgotten and read again."""


class Authenticator:
    """Tells who calls. Remembers by the certificate's own bytes, never by address: an address is
    used again by somebody else."""

    def __init__(
        self,
        trust_domain: str,
        clock: Clock,
        deny_list: DenyList | None = None,
        presented: Callable[[grpc.ServicerContext], bytes | None] | None = None,
    ) -> None:
        """``deny_list``: of the service; without one nobody is denied. ``presented``: which
        certificate a call's peer showed, PEM; by TLS, unless somebody else spoke TLS with it."""
        self._trust_domain = check_trust_domain(trust_domain)
        self._presented = presented or _by_tls
        self._clock = clock
        self._deny_list = deny_list
        self._read: dict[bytes, CertifiedPeer] = {}
        self._lock = Lock()

    def identify(self, context: grpc.ServicerContext) -> CertifiedPeer:
        """The peer. Raises ``UNAUTHENTICATED`` without a certificate of the mesh, and as
        :meth:`check_current`.

        Validity is looked at on every call: a connection may outlive the certificate it was
        opened with, and TLS looks only once.
        """
        pem = self._presented(context)
        if pem is None:
            raise OpenJpkiError(Reason.UNAUTHENTICATED, "a client certificate is required")
        peer = self._read.get(pem) or self._learn(pem)
        self.check_current(peer)
        return peer

    def check_current(self, peer: CertifiedPeer) -> None:
        """Raises ``UNAUTHENTICATED`` once the peer's certificate is over, ``CREDENTIAL_DENIED``
        once it is denied, ``SERVICE_UNAVAILABLE`` when it is not known whether it is."""
        if self._clock.now() > peer.not_after:
            raise OpenJpkiError(Reason.UNAUTHENTICATED, "the client certificate has expired")
        if self._deny_list is not None:
            self._deny_list.check(peer)

    def _learn(self, pem: bytes) -> CertifiedPeer:
        peer = read_certificate(pem, self._trust_domain)
        with self._lock:
            if len(self._read) >= _KEPT:
                self._read.clear()
            self._read[pem] = peer
        return peer


def _by_tls(context: grpc.ServicerContext) -> bytes | None:
    # The published types say bytes; it is a sequence of them.
    known = cast("Mapping[str, Sequence[bytes]]", context.auth_context())
    return next(iter(known.get("x509_pem_cert", ())), None)
