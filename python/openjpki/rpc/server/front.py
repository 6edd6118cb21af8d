"""A server before gRPC: it has the service's port and serves some methods itself.

Whatever else is called it hands on over a socket of this process, with the certificate that its
client showed. So a client has one port for all methods, and each is guarded once. Nobody else
reaches the socket: it is in a folder of its own that other users may not enter.
"""

from __future__ import annotations

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

    def start(self, behind: Path) -> int:
        """Take connections, and hand on over this socket what it does not serve; the port."""

    def stop(self) -> None:
        """Take no more, and let calls in progress end for as long as they may."""


class Behind:
    """The socket behind a front."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="openjpki-")
        """Gone with this object, should nobody remove it before."""
        self.socket = Path(self._folder.name) / "calls"

    @property
    def address(self) -> str:
        """As gRPC names it."""
        return f"unix:{self.socket}"

    def remove(self) -> None:
        """End."""
        self._folder.cleanup()


def handed_on(context: grpc.ServicerContext) -> bytes | None:
    """The certificate that a call's client showed to the front, PEM."""
    metadata = cast("Iterable[tuple[str, str | bytes]]", context.invocation_metadata())
    for key, value in metadata:
        if key == CERTIFICATE and isinstance(value, bytes):
            return ssl.DER_cert_to_PEM_cert(value).encode("ascii")
    return None
