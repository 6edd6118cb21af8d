"""OCSP over HTTP and HTTPS, served by the signing core (``signer_core/dataplane``)."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from openjpki.config.ocsp import HTTP_CONNECTIONS
from openjpki.rpc.server.binding import binding
from openjpki.signer_core import OcspServer

if TYPE_CHECKING:
    from openjpki.config.address import Address
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.services.ocsp.responders.control import Control
    from openjpki.services.ocsp.responders.plane import Plane

_MOST_THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Times in seconds."""

    first_request: float = 10.0
    """For a new connection to complete TLS, and to send its first request's header."""
    next_request: float = 30.0
    """For the header of the next request on a connection."""
    read: float = 10.0
    """For a request's body to arrive."""
    sign: float = 10.0
    """For its answer to be signed."""
    drain: float = 5.0
    """For requests in progress to end when the service stops."""
    age: float = 3600.0
    """For a connection; as with gRPC, who comes again is looked at anew."""
    silent: int = 1024
    """Connections that have not asked yet; when one more comes, the one that has been silent
    longest ends, of those of the address that has most."""
    silent_of_one: int = 64
    """Of these, of one address (of IPv6, of its first 64 bits)."""
    connections: int = HTTP_CONNECTIONS
    """Connections; when one more comes, the one that has been idle longest ends, of those of the
    address that has most."""
    of_one: int = 1024
    """Connections of one address; the same."""
    bodies_of_one: int = 256
    """Requests of one address whose bodies have not come; more are told to try later."""
    signatures_of_one: int = 32
    """Requests of one address whose signatures are in line to be verified; the same."""


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Listens between :meth:`start` and :meth:`stop`."""

    plane: Plane
    control: Control
    http_listen: Address
    https_listen: Address | None
    files: TlsFiles | None
    """Credentials for HTTPS, looked at for each connection."""
    limits: HttpLimits = HttpLimits()
    port: int = 0
    """Of plain HTTP, as bound."""
    https_port: int | None = None
    _core: OcspServer | None = None

    def start(self) -> None:
        """Bind and serve. Raises as :func:`openjpki.rpc.server.binding.binding`."""
        threads = min(len(os.sched_getaffinity(0)), _MOST_THREADS)
        core = self._core = OcspServer(
            self.plane.core, self.control, threads=threads, **asdict(self.limits)
        )
        try:
            self.port = listen_at(core, "ocsp.http_listen", self.http_listen)
            if self.https_listen is not None and self.files is not None:
                setting = "ocsp.https_listen"
                self.https_port = listen_at(core, setting, self.https_listen, self.files)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening, let requests in progress end, close."""
        if self._core is not None:
            self._core.stop()
            self._core = None


def listen_at(core: OcspServer, setting: str, listen: Address, tls: TlsFiles | None = None) -> int:
    """The port. On both families where the address is IPv6's every one. Raises as
    :func:`openjpki.rpc.server.binding.binding`."""
    with binding(setting, listen):
        return _listen(core, listen, tls)


def _listen(core: OcspServer, listen: Address, tls: TlsFiles | None) -> int:
    family, _, _, _, place = socket.getaddrinfo(
        listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    both = family is socket.AF_INET6 and listen.host == "::" and socket.has_dualstack_ipv6()
    scope = int(place[-1]) if family is socket.AF_INET6 else 0
    files = None if tls is None else [tls.certificate, tls.private_key, tls.trust_bundle]
    host = str(place[0]).partition("%")[0]
    return core.listen(ip_address(host), int(place[1]), scope=scope, both=both, tls=files)
