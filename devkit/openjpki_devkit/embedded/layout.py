"""Where the embedded installation keeps what, below one folder."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from openjpki.cli.home import Home
from openjpki.rpc.identity.roles import PeerRole

TRUST_DOMAIN = "openjpki.internal"
"""The mesh of an embedded installation; it never leaves the machine."""

SERVICES = (PeerRole.CA, PeerRole.REGISTRATION, PeerRole.OCSP, PeerRole.BRIDGE)
"""In the order in which they are started."""

_FIRST_PORT = {
    PeerRole.REGISTRATION: 7100,
    PeerRole.CA: 7110,
    PeerRole.OCSP: 7120,
    PeerRole.BRIDGE: 7130,
}

_LOWEST_PORT = 10_000
_USUAL_FIRST_EPHEMERAL_PORT = 32_768
"""Linux's own choice."""
_given: set[int] = set()
"""Own locks don't keep their own process out."""


class KeyKind(StrEnum):
    """Where the authorities' keys are."""

    SOFTWARE = "software"
    """Files encrypted under a passphrase."""
    SOFTHSM2 = "softhsm2"
    """A SoftHSM2 token, over PKCS#11."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports of one service on loopback."""

    rpc: int
    health: int
    metrics: int
    http: int
    """OCSP over HTTP; used by ocsp only."""
    https: int
    """OCSP over HTTPS with client certificates; used by ocsp only."""

    @classmethod
    def usual(cls, service: PeerRole) -> Ports:
        """The documented ports, the same at every start."""
        return cls(*range(_FIRST_PORT[service], _FIRST_PORT[service] + 5))

    def taken(self) -> list[int]:
        """Those that another program listens on now."""
        return [port for port in dataclasses.astuple(self) if not _can_listen(port)]

    @classmethod
    def free(cls) -> Ports:
        """Ports that nothing listens on now, so that a second installation can run beside."""
        return cls(*(_unused_port() for _ in range(5)))


def _unused_port() -> int:
    """One that no process of this user gave to anybody, as long as that process lives.

    Below those that the kernel gives to connections going out: it would give them what a service
    is told to listen on and does not yet.
    """
    while True:
        port = _LOWEST_PORT + secrets.randbelow(_first_ephemeral_port() - _LOWEST_PORT)
        if port not in _given and _can_listen(port) and _reserve(port):
            _given.add(port)
            return port


def _reserve(port: int) -> bool:
    """Whether it is ours now: an octet of a file is locked, whose lock ends with this process. What
    others are about to listen on can't be seen by trying to listen there."""
    try:
        fcntl.lockf(_reservations(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except BlockingIOError:
        return False
    return True


@cache
def _reservations() -> int:
    """The file, opened once: closing it anywhere in this process would give everything back."""
    file = Path(tempfile.gettempdir()) / f"openjpki-ports-{os.getuid()}"
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _first_ephemeral_port() -> int:
    try:
        first, _ = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()
    except OSError:
        return _USUAL_FIRST_EPHEMERAL_PORT
    return max(int(first), 2 * _LOWEST_PORT)


def _can_listen(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Layout(Home):
    """Paths below the installation's folder: what every command knows, and what only we do."""

    @property
    def mesh(self) -> Path:
        """The mesh authority."""
        return self.root / "mesh"

    @property
    def register_csv(self) -> Path:
        """The synthetic residents, as a register file."""
        return self.root / "register.csv"

    @property
    def told(self) -> Path:
        """Which residents the guide has proposed, a number a line."""
        return self.root / "told.txt"

    @property
    def receipt_keys(self) -> Path:
        """Public keys that ca's receipts may be by, for registration."""
        return self.service(PeerRole.REGISTRATION) / "receipt-keys"

    @property
    def softhsm(self) -> Path:
        """The SoftHSM2 token, where the authorities' keys are on one."""
        return self.root / "softhsm"

    def log(self, service: PeerRole) -> Path:
        """What a service logged, JSON lines."""
        return self.service(service) / "service.log"
