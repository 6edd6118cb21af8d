"""Ports for a second installation beside a first one."""

from __future__ import annotations

import dataclasses
import socket

from openjpki_devkit.embedded.layout import Ports


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
