"""Taking an address to listen on, or saying which setting names one that can't be had."""

from __future__ import annotations

import errno
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.config.address import Address
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def binding(setting: str, listen: str) -> Iterator[None]:
    """Bind ``listen`` (``host:port``), which the setting of that name holds, within this context.

    The address is tried first: what binds it afterwards, gRPC above all, does not say why it
    failed, or says so on stderr in words of its own.

    Raises ``SERVICE_UNAVAILABLE`` for a port that somebody has, ``INVALID_FIELD`` for an address
    that can never be listened on here; both with the setting as their field.
    """
    address = Address(listen)
    try:
        _try(address)
    except OSError as error:
        raise _refusal(setting, address, error) from None
    try:
        yield
    except OSError as error:
        raise _refusal(setting, address, error) from None
    except RuntimeError:
        # All that gRPC says when it can't bind: another process took the port since it was tried,
        # or holds one of the addresses that the name stands for.
        raise _taken(setting, address) from None


def _try(address: Address) -> None:
    """A name may stand for several addresses, of which one is enough; but none may be taken:
    whoever has it would silently get a share of the calls."""
    found = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    failures: list[OSError] = []
    for family, _, _, _, place in found:
        both = family is socket.AF_INET6 and socket.has_dualstack_ipv6()
        try:
            socket.create_server(place, family=family, dualstack_ipv6=both).close()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise
            failures.append(error)
    if len(failures) == len(found):
        raise failures[0]


def _refusal(setting: str, address: Address, error: OSError) -> OpenJpkiError:
    if isinstance(error, socket.gaierror):
        return _never(setting, f"{address.host} is no host name that can be resolved")
    if error.errno == errno.EADDRINUSE:
        return _taken(setting, address)
    if error.errno == errno.EADDRNOTAVAIL:
        return _never(setting, f"{address.host} is no address of this machine")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return _never(setting, f"this user may not listen on {address}")
    return OpenJpkiError(
        Reason.SERVICE_UNAVAILABLE,
        f"{address} can't be listened on ({error.strerror})",
        field=setting,
    )


def _taken(setting: str, address: Address) -> OpenJpkiError:
    return OpenJpkiError(
        Reason.SERVICE_UNAVAILABLE,
        f"another program or setting has {address} already; end it, or set another address",
        field=setting,
    )


def _never(setting: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=setting)
