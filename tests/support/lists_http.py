"""The data plane handing out lists over HTTP, from an authority that a test plays."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from openjpki.config.address import Address
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import HttpLimits, HttpServer
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.signer_core import OcspAuthority
from tests.support.mesh import TRUST_DOMAIN, SettableClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from http.client import HTTPResponse
    from ipaddress import IPv6Address

AUTHORITY = "signing-13"
FOR_EVER = 1 << 60
PATH = f"/lists/{AUTHORITY}/1/13101.crl"


@dataclass
class PlayedAuthority:
    """What there is, by generation and partition; nothing: the authority is away."""

    lists: dict[tuple[int, str], bytes] | None = field(default_factory=dict)
    asked: int = 0

    def newest(
        self, authority_id: str, generation: int, partition: str, held: tuple[bytes, int] | None
    ) -> bytes | bool | str:
        """As :meth:`openjpki.services.ocsp.crl.newest_lists_client.NewestLists.newest`."""
        self.asked += 1
        assert authority_id == AUTHORITY
        if self.lists is None:
            return False
        found = self.lists.get((generation, partition))
        if found is not None and held is not None:
            return held == (hashlib.sha256(found).digest(), len(found)) or b""
        return found or "CRL_NOT_FOUND"


@dataclass
class HandingOut:
    """A server that runs; verifiers are known by their address."""

    server: HttpServer
    authority: PlayedAuthority
    clock: SettableClock

    def agree(self, *ways: str, until: int = FOR_EVER) -> None:
        """Have this machine be a verifier's that agreed on these ways, in place of what was."""
        networks: list[tuple[IPv4Address | IPv6Address, int]] = [(IPv4Address("127.0.0.0"), 8)]
        agreed = [(AUTHORITY, list(ways), 0, until)]
        self.server.plane.core.set_registry([("tax-office", agreed, [], networks)])

    def ask(
        self, method: str = "GET", path: str = PATH, headers: Mapping[str, str] | None = None
    ) -> tuple[HTTPResponse, bytes]:
        """One request on a connection of its own."""
        asking = HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            asking.request(method, path, headers=dict(headers or {}))
            answer = asking.getresponse()
            return answer, answer.read()
        finally:
            asking.close()


@contextmanager
def handing_out(limits: HttpLimits | None = None) -> Iterator[HandingOut]:
    """Lists of one authority, to this machine."""
    clock, authority = SettableClock(), PlayedAuthority()
    plane = Plane(clock, timedelta(minutes=5))
    plane.core.set_authorities([(AUTHORITY, OcspAuthority())])
    server = HttpServer(
        plane=plane,
        control=Control(TRUST_DOMAIN, None, clock, authority.newest),
        http_listen=Address("127.0.0.1:0"),
        https_listen=None,
        files=None,
        limits=limits or HttpLimits(),
    )
    server.start()
    try:
        running = HandingOut(server, authority, clock)
        running.agree("lists")
        yield running
    finally:
        server.stop()
