"""Whether this machine speaks IPv6 to itself."""

from __future__ import annotations

import socket


def has_ipv6() -> bool:
    """On loopback, and with sockets that serve both families."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return socket.has_dualstack_ipv6()
