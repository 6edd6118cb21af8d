"""Where the console listens: loopback alone, and all of it."""

from __future__ import annotations

import errno
import socket

from openjpki.errors import OpenJpkiError, Reason

_LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_WITHOUT_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
"""What a machine says that has no IPv6: nobody can listen there."""
_TRIES = 20
"""Ports, where any will do."""


def listen(port: int) -> list[socket.socket]:
    """Listening sockets at one port of 127.0.0.1 and of ::1; 0: any that is free at both.

    Browsers take a name below ``localhost`` to either (RFC 6761), and whoever had the other one
    would be sent the link. Raises ``INVALID_FIELD`` for a port that is taken at one of them.
    """
    for left in reversed(range(1 if port else _TRIES)):
        opened: list[socket.socket] = []
        try:
            for family in _LOOPBACK:
                opened.append(_listening(family, opened[0].getsockname()[1] if opened else port))
        except OSError as error:
            if opened and error.errno in _WITHOUT_IPV6:
                return opened
            for one in opened:
                one.close()
            if not left:
                raise OpenJpkiError(
                    Reason.INVALID_FIELD,
                    "is taken by another program, or not allowed",
                    field="--port",
                ) from error
        else:
            return opened
    raise OpenJpkiError(Reason.INTERNAL, "the last try returned or raised")


def _listening(family: socket.AddressFamily, port: int) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind((_LOOPBACK[family], port))
        # Before anybody is told where.
        listening.listen()
    except OSError:
        listening.close()
        raise
    return listening
