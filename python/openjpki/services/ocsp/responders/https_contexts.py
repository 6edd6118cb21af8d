"""TLS for OCSP over HTTPS: client certificates of the mesh, credentials that may be renewed."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.rpc.identity.credentials import TlsFiles

_log = get_logger("https")


class HttpsContexts:
    """Gives each new connection the newest credentials. Without a client certificate that chains
    to the mesh there is no connection."""

    def __init__(self, files: TlsFiles) -> None:
        """Raises ``INVALID_FIELD``, ``OSError``."""
        self._files = files
        self._rotating = RotatingMaterial(files)
        self._newest = self._made()
        self.listening = self._made()
        """For the listening socket: each connection then changes to the newest."""
        self.listening.sni_callback = self._choose

    def _choose(
        self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        # TLS calls this for every client, also for one that sends no server name.
        try:
            if self._rotating.refreshed() is not None:
                self._newest = self._made()
        except (OSError, ssl.SSLError):
            # The files were being replaced: go on with the credentials before, and try again at the
            # next connection.
            _log.warning("new credentials not loaded")
        connection.context = self._newest

    def _made(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(self._files.certificate, self._files.private_key)
        # What of the file can be read: the library would take none of it.
        context.load_verify_locations(cadata=self._rotating.current().trust_bundle.decode("ascii"))
        context.set_alpn_protocols(["http/1.1"])
        return context
