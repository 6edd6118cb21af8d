"""Where to listen or to connect: ``host:port``."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_-]+)*\.?")
_MAX_PORT = 65535


class Address(str):
    """A host name or IP address and a TCP port: ``name:7000``, ``192.0.2.1:7000`` or
    ``[2001:db8::1]:7000``. Port 0, when listening, takes a free one.

    It is the text itself, as gRPC takes it. Making one from anything else raises ``ValueError``
    naming the rule.
    """

    __slots__ = ("host", "port")

    host: str
    """Without brackets."""
    port: int

    def __new__(cls, text: str) -> Address:
        """Parses ``text``."""
        self = super().__new__(cls, text)
        self.host, self.port = _split(text)
        return self

    @classmethod
    def of(cls, host: str, port: int) -> Address:
        """An address from its parts."""
        return cls(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, _handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())


def _split(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or int(port) > _MAX_PORT:
        raise ValueError("must be host:port with a port from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        if not _is_ip(host[1:-1], 6):
            raise ValueError("must hold an IPv6 address between the brackets")
        return host[1:-1], int(port)
    if not _is_ip(host, 4) and (host.replace(".", "").isdigit() or not _HOST.fullmatch(host)):
        raise ValueError("must hold a host name, an IPv4 address, or [an IPv6 address]")
    return host, int(port)


def _is_ip(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version and "%" not in text
    except ValueError:
        return False
