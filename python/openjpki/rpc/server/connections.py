"""Ends connections that gRPC keeps open, and has no more made, by the address they come from.

grpcio ends calls, and has nothing that ends the connection they came on. What it does understand is
a connection that is lost. So the sockets of this process are gone through, and those that have the
address at their other end are disconnected: the peer is sent a reset, what it has sent and nobody
read is forgotten, and gRPC closes what is left.
"""

from __future__ import annotations

import ctypes
import os
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from openjpki.config.address import Address
from openjpki.rpc.server.shunning import shun
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.seldom import Seldom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

_log = get_logger("server")
_Ip = IPv4Address | IPv6Address
_LOOPBACK = frozenset[_Ip | None]({IPv4Address("127.0.0.1"), IPv6Address("::1")})

SHUN = 60.0
"""Seconds for which no connections are taken from an address."""
MOST_SHUNNED = 256
"""Addresses; beyond that the first ones are let in again."""
_OPEN_FILES = "/proc/self/fd"
_NOWHERE = bytes(16)
"""A socket address of no family: to connect to it dissolves a connection (connect(2))."""
_connect = ctypes.CDLL(None, use_errno=True).connect


class _End(NamedTuple):
    """One end of a connection."""

    ip: _Ip
    port: int


class Connections:
    """Those to one port of this process. Safe for many threads."""

    def __init__(self, listen: str, now: Callable[[], float] = monotonic) -> None:
        """``listen``: ``host:port`` as bound. From that address and from loopback the service asks
        itself whether it answers, so they are never shunned."""
        self.port = 0
        """The port; until it is set nothing is found."""
        self._own = _LOOPBACK | {_ip(Address(listen).host)}
        self._now = now
        self._lock = Lock()
        self._asked: set[_End] = set()
        self._at_work = False
        self._shunned: dict[_Ip, float] = {}
        """Until when."""
        self._behind = False
        """Whether the kernel may know of others than those."""
        self._seldom = Seldom(now)

    @property
    def shunned(self) -> Sequence[_Ip]:
        """From where no connections are taken; the latest last."""
        return list(self._shunned)

    def refuse(self, peer: str) -> None:
        """End all connections from the address of a peer, named as ``grpc.ServicerContext.peer()``
        does, and take no more for :data:`SHUN` seconds; from the service's own address only end
        that one.

        Of many threads that ask at once, one does it for all.
        """
        end = _read(peer)
        if end is None:
            return
        with self._lock:
            self._asked.add(end)
            if self._at_work:
                return
            self._at_work = True
        try:
            while asked := self._next():
                self._refuse(asked)
        except BaseException:
            # Whoever asks next does it, and for those who asked meanwhile too.
            with self._lock:
                self._at_work = False
            raise

    def look(self) -> None:
        """Let addresses in again whose time is over; to be called several times a second. What
        could not be told to the kernel before is told to it now."""
        now = self._now()
        with self._lock:
            over = [ip for ip, until in self._shunned.items() if until <= now]
            for ip in over:
                del self._shunned[ip]
            if over or self._behind:
                self._have_shunned()

    def _next(self) -> set[_End]:
        with self._lock:
            asked, self._asked = self._asked, set()
            self._at_work = bool(asked)
            return asked

    def _refuse(self, asked: set[_End]) -> None:
        strangers = {end.ip for end in asked} - self._own
        with self._lock:
            for ip in strangers:
                self._shunned.pop(ip, None)
                self._shunned[ip] = self._now() + SHUN
            for ip in list(self._shunned)[:-MOST_SHUNNED]:
                del self._shunned[ip]
            self._have_shunned()
        for found in self._sockets(self._open_files() or ()):
            peer = _peer(found)
            if peer is not None and (peer in asked or peer.ip in strangers):
                _connect(found.fileno(), _NOWHERE, len(_NOWHERE))

    def _have_shunned(self) -> None:
        self._behind = True
        names = self._open_files()
        behind = names is None
        for found in self._sockets(names or ()):
            try:
                listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            except OSError:
                # A connection that gRPC closed meanwhile; to be sure of it, all are asked again.
                behind = True
                continue
            if listens:
                try:
                    shun(found, self._shunned)
                except OSError as error:
                    _log.warning("addresses can't be shunned here", code=error.errno)
        self._behind = behind

    def _open_files(self) -> list[str] | None:
        """``None``: not now; to go through them takes a descriptor itself."""
        try:
            return os.listdir(_OPEN_FILES)  # noqa: PTH208 - names are all that is asked
        except OSError as error:
            if self._seldom("listed"):
                _log.error("the process's own connections can't be listed", code=error.errno)
            return None

    def _sockets(self, names: Iterable[str]) -> Iterator[socket.socket]:
        """Those at the port, of the process's open files, each as long as it is looked at."""
        for name in names:
            # Not duplicated to be looked at: to close a second descriptor of a file would give up
            # the locks that a database holds on it.
            try:
                found = socket.socket(fileno=int(name))
            except OSError:
                continue  # No socket, or closed meanwhile.
            try:
                local = _end_of(found.getsockname())
                if local is not None and local.port == self.port:
                    yield found
            except OSError:
                continue  # Closed meanwhile.
            finally:
                found.detach()


def _peer(found: socket.socket) -> _End | None:
    """``None``: it is not connected."""
    try:
        return _end_of(found.getpeername())
    except OSError:
        return None


def _read(peer: str) -> _End | None:
    """``ipv4:192.0.2.1:5000``, ``ipv6:%5B2001:db8::1%5D:5000``; ``None`` for any other kind."""
    family, _, rest = unquote(peer).partition(":")
    host, _, port = rest.rpartition(":")
    ip = _ip(host.strip("[]"))
    return _End(ip, int(port)) if family in {"ipv4", "ipv6"} and ip and port.isdecimal() else None


def _end_of(address: object) -> _End | None:
    """One form for an IPv4 address that a socket of both families shows as IPv6; ``None`` for
    addresses of other families."""
    match address:
        case (str(host), int(port), *_) if ip := _ip(host):
            return _End(ip, port)
    return None


def _ip(host: str) -> _Ip | None:
    """``None`` for what is no address but a name."""
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip
