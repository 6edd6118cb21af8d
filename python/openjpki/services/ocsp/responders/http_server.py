"""OCSP over HTTP and HTTPS, served by the signing core (``signer_core/dataplane``)."""

from __future__ import annotations

import errno
import os
import socket
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from openjpki.config.ocsp import HTTP_CONNECTIONS
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.server.binding import binding
from openjpki.signer_core import OcspServer

if TYPE_CHECKING:
    from pathlib import Path

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
    silent_first: bool = False
    """Whether they make room first also for others than themselves, whoever has how many."""
    connections: int = HTTP_CONNECTIONS
    """Connections; when one more comes, the one that has been idle longest ends, of those of the
    address that has most."""
    of_one: int = 1024
    """Connections of one address; the same."""
    bodies_of_one: int = 256
    """Requests of one address whose bodies have not come; more are told to try later."""
    signatures_of_one: int = 32
    """Requests of one address whose signatures are in line to be verified; the same."""
    lists_of_one: int = 16
    """Lists that are being sent to one address; the same."""
    list_taken: float = 600.0
    """For a list to be taken; who takes longer asks for the rest."""


@dataclass(slots=True, kw_only=True)
class HttpServer:
    """Listens between :meth:`start` and :meth:`stop`."""

    plane: Plane
    control: Control
    http_listen: Address
    https_listen: Address | None
    files: TlsFiles | None
    """Credentials for HTTPS, looked at once a second."""
    limits: HttpLimits = HttpLimits()
    port: int = 0
    """Of plain HTTP, as bound."""
    https_port: int | None = None
    _core: OcspServer | None = None

    def start(self) -> None:
        """Bind and serve. Raises as :func:`openjpki.rpc.server.binding.binding`."""
        core = self._core = OcspServer(
            self.plane.core, self.control, threads=threads(), **asdict(self.limits)
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


def threads() -> int:
    """That answer, of one port."""
    return min(len(os.sched_getaffinity(0)), _MOST_THREADS)


def listen_at(core: OcspServer, setting: str, listen: Address, tls: TlsFiles | None = None) -> int:
    """The port; of a name at each of its addresses that can be had. Raises as
    :func:`openjpki.rpc.server.binding.binding`, and ``INVALID_FIELD`` for credentials that the
    TLS library can't use."""
    files = None if tls is None else [tls.certificate, tls.private_key, tls.trust_bundle]
    port, bound = listen.port, False
    failures: list[OSError] = []
    with binding(setting, listen):
        for place, both in _places(listen):
            try:
                port = _listen(core, place, port, both=both, tls=files)
                bound = True
            except OSError as error:
                if error.errno is None:
                    rule = f"the TLS library can't use it: {error}"
                    raise OpenJpkiError(
                        Reason.INVALID_FIELD, rule, field="tls.certificate"
                    ) from None
                if error.errno == errno.EADDRINUSE and listen.port:
                    raise
                failures.append(error)
        if not bound:
            raise failures[0]
    return port


def _places(listen: Address) -> list[tuple[tuple[Any, ...], bool]]:
    """Socket addresses, and whether each is of both families: IPv6's every one."""
    found = socket.getaddrinfo(
        listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return [
        (
            place,
            family is socket.AF_INET6 and listen.host == "::" and socket.has_dualstack_ipv6(),
        )
        for family, _, _, _, place in found
    ]


def _listen(
    core: OcspServer, place: tuple[Any, ...], port: int, *, both: bool, tls: list[Path] | None
) -> int:
    scope = int(place[3]) if len(place) == _OF_IPV6 else 0
    host = str(place[0]).partition("%")[0]
    return core.listen(ip_address(host), port, scope=scope, both=both, tls=tls)


_OF_IPV6 = 4
"""Parts of a socket address."""
