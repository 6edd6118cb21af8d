"""Whether a call comes through: the service calls itself, as every caller does.

Health that is only remembered says SERVING while nobody is answered. So every few seconds the
service opens a connection to its own port, with its own credentials, and makes a call that passes
the guard and waits for its turn at working like any other. Where two in a row fail, health says
NOT_SERVING until one is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from cryptography import x509

from openjpki.config.address import Address
from openjpki.rpc.identity.credentials import channel_credentials
from openjpki.rpc.server import health
from openjpki.rpc.server.ticking import Ticking
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.rpc.identity.credentials import RotatingMaterial, TlsMaterial

_log = get_logger("health")

EVERY = 3.0
"""Seconds between two calls."""
AGAIN_AFTER = 0.5
"""Seconds after one that failed."""
PATIENCE = 3.0
"""Seconds for one call, its connection included."""
FAILURES = 2
"""In a row, after which health says so."""
_CHECK = f"/{health.SERVICE}/Check"


class DoorProbe:
    """Calls between :meth:`start` and :meth:`stop`, and tells health."""

    def __init__(
        self, listen: str, port: int, rotating: RotatingMaterial, told: health.HealthServer
    ) -> None:
        """``listen``: as bound, at this port."""
        self._listen = Address(listen)
        self.port = port
        self._rotating = rotating
        self._told = told
        self._failures = 0
        self._ticking = Ticking("rpc-door", {"ask_itself": self.probe}, lambda: self._pause)
        self.start, self.stop = self._ticking.start, self._ticking.stop

    @property
    def _pause(self) -> float:
        return AGAIN_AFTER if self._failures else EVERY

    def probe(self) -> None:
        """Once."""
        code = self._call()
        self._failures = self._failures + 1 if code else 0
        if self._failures in {0, FAILURES}:
            self._told.set_door_answers(answers=not code)
        if code:
            _log.warning("the service does not answer itself", code=code, failures=self._failures)

    def _call(self) -> str | None:
        """Why there was no answer."""
        material = self._rotating.current()
        target = _loopback(self._listen, self.port)
        options = [
            ("grpc.ssl_target_name_override", _own_name(material)),
            # Otherwise gRPC keeps the connection for the next channel, and only the first one
            # would pass through the handshake.
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_http_proxy", 0),
        ]
        with grpc.secure_channel(target, channel_credentials(material), options) as channel:
            check = channel.unary_unary(
                _CHECK, health.REQUEST.SerializeToString, lambda octets: octets
            )
            try:
                check(health.REQUEST(), timeout=PATIENCE, wait_for_ready=True)
            except grpc.RpcError as error:
                return error.code().name if isinstance(error, grpc.Call) else "UNKNOWN"
        return None


def _loopback(listen: Address, port: int) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen.host, listen.host)  # noqa: S104 - not bound
    return str(Address.of(host, port))


def _own_name(material: TlsMaterial) -> str:
    """A DNS name of the service's own certificate: which one callers use is not asked here."""
    try:
        names = material.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return "localhost"
    return next(iter(names.value.get_values_for_type(x509.DNSName)), "localhost")
