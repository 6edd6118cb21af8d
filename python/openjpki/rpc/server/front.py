"""A server before gRPC: it has the service's port and serves some methods itself.

Whatever else is called it hands on over a socket of this process, with the certificate that its
client showed. So a client has one port for all methods, and each is guarded once. Nobody else is
heard over the socket: it is in a folder of its own that other users may not enter, and each call
carries a secret that only the front was given.
"""

from __future__ import annotations

import hmac
import secrets
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import grpc

CERTIFICATE = "openjpki-client-certificate-bin"
"""Metadata in which the front says which certificate its client showed, DER. What a client sends
under that name never comes here."""
FROM_FRONT = "openjpki-front-secret-bin"
"""Metadata that shows that a call comes from the front."""
LARGEST_CERTIFICATE = 12 * 1024
"""Octets that it may add to the metadata of a call."""


class Front(Protocol):
    """Serves some methods itself."""

    @property
    def services(self) -> Sequence[str]:
        """Whose methods, by full names."""

    @property
    def in_use(self) -> tuple[int, int]:
        """Calls and streams in progress."""

    def start(self, behind: Path, secret: bytes) -> int:
        """Take connections, and hand on over this socket, with this secret, what it does not
        serve; the port."""

    def stop(self) -> None:
        """Take no more, and let calls in progress end for as long as they may."""


class Behind:
    """The socket behind a front."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="openjpki-")
        """Gone with this object, should nobody remove it before."""
        self.socket = Path(self._folder.name) / "calls"
        self.secret = secrets.token_bytes(32)
        """Of this start."""

    @property
    def address(self) -> str:
        """As gRPC names it."""
        return f"unix:{self.socket}"

    def remove(self) -> None:
        """End."""
        self._folder.cleanup()

    def shown(self, context: grpc.ServicerContext) -> bytes | None:
        """The certificate that a call's client showed to the front, PEM. None of a call that does
        not come from there."""
        pairs = cast("Iterable[tuple[str, str | bytes]]", context.invocation_metadata())
        told = {key: value for key, value in pairs if isinstance(value, bytes)}
        if not hmac.compare_digest(told.get(FROM_FRONT, b""), self.secret):
            return None
        der = told.get(CERTIFICATE)
        return None if der is None else ssl.DER_cert_to_PEM_cert(der).encode("ascii")
