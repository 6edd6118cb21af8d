"""Who is shunned gets no connection, in either family of addresses; nobody else notices."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING

from openjpki.rpc.server import connections
from openjpki.rpc.server.connections import Connections
from openjpki.rpc.server.shunning import shun

if TYPE_CHECKING:
    import pytest

OTHERS = [ip_address(f"192.0.2.{number}") for number in range(50)] + [
    ip_address(f"2001:db8::{number:x}") for number in range(50)
]


def reached(listening: socket.socket, source: str, to: str) -> bool:
    """Whether a connection is made."""
    port = listening.getsockname()[1]
    try:
        socket.create_connection((to, port), timeout=0.5, source_address=(source, 0)).close()
    except TimeoutError:
        return False
    return True


def test_shunned_and_let_in_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        shun(listening, [*OTHERS, ip_address("127.0.0.2"), *reversed(OTHERS)])
        assert not reached(listening, "127.0.0.2", "127.0.0.1")
        assert reached(listening, "127.0.0.3", "127.0.0.1")
        shun(listening, [ip_address("127.0.0.3")])
        assert reached(listening, "127.0.0.2", "127.0.0.1")
        assert not reached(listening, "127.0.0.3", "127.0.0.1")
        shun(listening, [])
        assert reached(listening, "127.0.0.3", "127.0.0.1")
        shun(listening, [])


def test_a_port_of_both_families() -> None:
    both = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    with both as listening:
        shun(listening, [*OTHERS, ip_address("::1"), *OTHERS])
        assert not reached(listening, "::1", "::1")
        assert reached(listening, "127.0.0.1", "127.0.0.1")
        shun(listening, [*OTHERS, ip_address("127.0.0.1"), *OTHERS])
        assert reached(listening, "::1", "::1")
        assert not reached(listening, "127.0.0.1", "127.0.0.1")


def test_the_first_are_let_in_again_when_there_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "MOST_SHUNNED", 3)
    time = 0.0
    some = Connections("127.0.0.1:0", now=lambda: time)
    for number in (1, 2, 3, 1, 4):
        some.refuse(f"ipv4:192.0.2.{number}:5000")
    assert [str(ip) for ip in some.shunned] == ["192.0.2.3", "192.0.2.1", "192.0.2.4"]
    time = connections.SHUN
    some.look()
    assert not some.shunned
