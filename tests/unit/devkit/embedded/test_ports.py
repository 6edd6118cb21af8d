"""Ports for a second installation beside a first one."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import sys

from openjpki_devkit.embedded.layout import Ports

_TAKES_PORTS = """
import dataclasses, sys
from openjpki_devkit.embedded.layout import Ports
print(*(port for _ in range(100) for port in dataclasses.astuple(Ports.free())), flush=True)
sys.stdin.read()
"""


def test_no_port_is_handed_out_twice() -> None:
    """Not even to services that listen on none of theirs yet."""
    given = [port for _ in range(200) for port in dataclasses.astuple(Ports.free())]
    assert len(set(given)) == len(given)


def test_none_is_one_that_connections_going_out_get() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as going_out,
    ):
        assert max(dataclasses.astuple(Ports.free())) < going_out.getsockname()[1]


def test_programs_that_start_together_get_no_port_twice() -> None:
    """None of them listens yet, and all live until each has its ports: many more than they would
    need, so that by chance alone some would be given twice."""
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKES_PORTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    given = [port for one in programs if one.stdout for port in one.stdout.readline().split()]
    for one in programs:
        one.communicate()
    assert len(given) == len(programs) * 500
    assert len(set(given)) == len(given)
