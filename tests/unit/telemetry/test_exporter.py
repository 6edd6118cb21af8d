"""The port for metrics answers the monitoring, whoever else has connections to it."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from urllib.request import urlopen

import pytest

from openjpki.telemetry import exporter
from openjpki.telemetry.exporter import serve_metrics
from tests.support.waiting import wait_until


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_metrics_are_told_while_others_say_nothing(host: str) -> None:
    server = serve_metrics(host, 0)
    try:
        before = threading.active_count()
        with ExitStack() as stack:
            silent = [
                stack.enter_context(socket.create_connection((host, server.port), 20))
                for _ in range(10 * exporter.MOST)
            ]
            for one in silent:
                one.sendall(b"GET /metrics HT")
            where = f"[{host}]" if ":" in host else host
            with urlopen(f"http://{where}:{server.port}/metrics", timeout=20) as told:
                assert b"openjpki_rpc_in_use" in told.read()
            wait_until(lambda: threading.active_count() <= before + exporter.MOST)
            # Who came first had to go.
            assert silent[0].recv(1) == b""
    finally:
        server.stop()


def test_who_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter._Handler, "timeout", 0.2)
    server = serve_metrics("127.0.0.1", 0)
    try:
        with socket.create_connection(("127.0.0.1", server.port), 20) as silent:
            assert silent.recv(1) == b""
    finally:
        server.stop()
