"""The sockets of this process at one port: whose they are, and their end."""

from __future__ import annotations

import ctypes
import os
import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

Ip = IPv4Address | IPv6Address
_OPEN_FILES = "/proc/self/fd"
_NOWHERE = bytes(16)
"""A socket address of no family: to connect to it dissolves a connection (connect(2))."""
_connect = ctypes.CDLL(None, use_errno=True).connect


class End(NamedTuple):
    """One end of a connection."""

    ip: Ip
    port: int


def at_port(port: int) -> Iterator[socket.socket]:
    """Each as long as it is looked at."""
    for name in os.listdir(_OPEN_FILES):  # noqa: PTH208 - names are all that is asked
        # Not duplicated to be looked at: to close a second descriptor of a file would give up
        # the locks that a database holds on it.
        try:
            found = socket.socket(fileno=int(name))
        except OSError:
            continue  # No socket, or closed meanwhile.
        try:
            match found.getsockname():
                case (str(), here, *_) if here == port:
                    yield found
        except OSError:
            continue  # Closed meanwhile.
        finally:
            found.detach()


def peer_of(found: socket.socket) -> End | None:
    """``None``: it is not connected."""
    try:
        return _end_of(found.getpeername())
    except OSError:
        return None


def dissolve(found: socket.socket) -> None:
    """The peer is sent a reset, and what it has sent and nobody read is forgotten."""
    _connect(found.fileno(), _NOWHERE, len(_NOWHERE))


def read_peer(peer: str) -> End | None:
    """``ipv4:192.0.2.1:5000``, ``ipv6:%5B2001:db8::1%5D:5000``; ``None`` for any other kind."""
    family, _, rest = unquote(peer).partition(":")
    host, _, port = rest.rpartition(":")
    ip = read_ip(host.strip("[]"))
    return End(ip, int(port)) if family in {"ipv4", "ipv6"} and ip and port.isdecimal() else None


@lru_cache(maxsize=1024)
def read_ip(host: str) -> Ip | None:
    """One form for an IPv4 address that a socket of both families shows as IPv6; ``None`` for what
    is no address but a name."""
    try:
        ip = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip


def _end_of(address: object) -> End | None:
    """``None`` for addresses of other families."""
    match address:
        case (str(host), int(port), *_) if ip := read_ip(host):
            return End(ip, port)
    return None
