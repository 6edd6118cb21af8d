"""Ends connections that gRPC keeps open, and has no more made, by the address they come from.

grpcio ends calls, and has nothing that ends the connection they came on, nor that counts
connections. What it does understand is a connection that is lost. So the sockets of this process
are gone through, and those that have an address at their other end, or are too many of one, are
disconnected, and gRPC closes what is left.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address
from threading import Lock
from time import monotonic, thread_time
from typing import TYPE_CHECKING

from openjpki.config.address import Address
from openjpki.rpc.server.shares import Arrivals
from openjpki.rpc.server.shunned import Shunned
from openjpki.rpc.server.shunning import shun
from openjpki.rpc.server.sockets import (
    End,
    Ip,
    at_port,
    dissolve,
    peer_of,
    read_ip,
    read_peer,
)
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import RPC_FLOODS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_log = get_logger("server")
_LOOPBACK = frozenset[Ip | None]({IPv4Address("127.0.0.1"), IPv6Address("::1")})
_REST = 9
"""To go through the sockets takes no more than a tenth of a processor, however many there are."""
_TOLD_AGAIN = 60.0
"""Seconds after which the log speaks of an address again."""


class Connections:
    """Those to one port of this process. Safe for many threads."""

    def __init__(
        self,
        listen: str,
        now: Callable[[], float] = monotonic,
        spent: Callable[[], float] = thread_time,
    ) -> None:
        """``listen``: ``host:port`` as bound. From that address and from loopback the service asks
        itself whether it answers, so they are never shunned, and connect as they like.
        ``spent``: seconds of a processor that this thread has had."""
        self.port = 0
        """The port; until it is set nothing is found."""
        self._own = _LOOPBACK | {read_ip(Address(listen).host)}
        self._now = now
        self._spent = spent
        self._lock = Lock()
        self._asked: set[End] = set()
        self._at_work = False
        self._shunned = Shunned()
        self._looking = Lock()
        self._rested = 0.0
        self._arrivals = Arrivals()
        self._known = set[End]()
        """Those that were open when it was looked."""
        self._told: dict[Ip, float] = {}

    @property
    def shunned(self) -> Sequence[Ip]:
        """From where no connections are taken; the latest last."""
        return self._shunned.now

    def refuse(self, peer: str) -> None:
        """End all connections from the address of a peer, named as ``grpc.ServicerContext.peer()``
        does, and take no more from there for a time; from the service's own address only end that
        one.

        Of many threads that ask at once, one does it for all.
        """
        end = read_peer(peer)
        if end is None:
            return
        with self._lock:
            self._asked.add(end)
            if self._at_work:
                return
            self._at_work = True
        while asked := self._next():
            self._refuse(asked)

    def look(self) -> None:
        """Let addresses in again whose time is over, and end new connections that are too many; to
        be called several times a second, and when there is a new one, before anything is done for
        it."""
        if self._looking.acquire(blocking=False):
            try:
                with self._lock:
                    if self._shunned.let_in(self._now()):
                        self._have_shunned()
                self._go_through()
            finally:
                self._looking.release()

    def _next(self) -> set[End]:
        with self._lock:
            asked, self._asked = self._asked, set()
            self._at_work = bool(asked)
            return asked

    def _refuse(self, asked: set[End]) -> None:
        strangers = {end.ip for end in asked} - self._own
        self._shun(strangers)
        for found in at_port(self.port):
            peer = peer_of(found)
            if peer is not None and (peer in asked or peer.ip in strangers):
                dissolve(found)

    def _go_through(self) -> None:
        now, began = self._now(), self._spent()
        if now < self._rested:
            return
        known, too_many = set[End](), set[Ip]()
        for found in at_port(self.port):
            if (peer := peer_of(found)) is None:
                continue
            if peer in self._known or (may := self._may_come(peer.ip, now)):
                known.add(peer)
                continue
            self._end(found, peer)
            if may is None:
                too_many.add(peer.ip)
        self._known = known
        # Others at the same address keep the connections they have.
        self._shun(too_many)
        self._rested = now + _REST * (self._spent() - began)

    def _may_come(self, ip: Ip, now: float) -> bool | None:
        if ip in self._own:
            return True
        return False if ip in self._shunned else self._arrivals.may_come(ip, now)

    def _end(self, found: socket.socket, peer: End) -> None:
        dissolve(found)
        RPC_FLOODS.inc()
        now = self._now()
        if self._told.get(peer.ip, now) <= now:
            self._told = {ip: at for ip, at in self._told.items() if at > now}
            self._told[peer.ip] = now + _TOLD_AGAIN
            _log.warning("too many connections of an address", ip=str(peer.ip))

    def _shun(self, ips: set[Ip]) -> None:
        if ips:
            with self._lock:
                self._shunned.add(ips, self._now())
                self._have_shunned()

    def _have_shunned(self) -> None:
        for found in at_port(self.port):
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                try:
                    shun(found, self._shunned.now)
                except OSError as error:
                    _log.warning("addresses can't be shunned here", code=error.errno)
