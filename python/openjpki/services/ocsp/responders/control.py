"""What the server of OCSP over HTTP asks Python for, off the way of an answer."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.rpc.identity.peer import read_certificate
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.micros import micros
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.rpc.identity.credentials import TlsFiles

_log = get_logger("http")


class Control:
    """Called by several threads of the signing core."""

    def __init__(self, trust_domain: str, files: TlsFiles | None) -> None:
        """``files``: of the credentials for HTTPS, where it is served. Raises ``INVALID_FIELD``."""
        self._trust_domain = trust_domain
        self._material = None if files is None else RotatingMaterial(files)

    def refused(self, status: str | int, via: str, reason: str | None, request_id: str) -> None:
        """A request got no answer. Nothing of the request itself is told of."""
        _log.info("request refused", status=status, via=via, reason=reason, request_id=request_id)

    def failed(self, reason: str, request_id: str) -> None:
        """It was a fault of ours."""
        _log.error("response not signed", reason=reason, request_id=request_id)

    def peer(self, der: bytes) -> tuple[str, tuple[str, str], int] | None:
        """The verifier that a client certificate names, what it is denied by, and until when the
        certificate holds; None when it is no verifier's."""
        try:
            pem = ssl.DER_cert_to_PEM_cert(der).encode("ascii")
            peer = read_certificate(pem, self._trust_domain)
        except OpenJpkiError:
            return None
        if peer.identity.role is not PeerRole.VERIFIER:
            return None
        names = (peer.identity.spiffe_id, peer.fingerprint)
        return peer.identity.scope, names, micros(peer.not_after)

    def credentials(self) -> tuple[bytes, bytes, bytes]:
        """The newest good ones, PEM: chain, key, trusted authorities."""
        assert self._material is not None  # noqa: S101 - only HTTPS asks
        material = self._material.current()
        return material.certificate, material.private_key, material.trust_bundle
