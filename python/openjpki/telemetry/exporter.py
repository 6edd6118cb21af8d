"""``/metrics`` on a port of its own, which only the monitoring may reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import start_http_server

from openjpki.telemetry.metrics import REGISTRY

if TYPE_CHECKING:
    from threading import Thread
    from wsgiref.simple_server import WSGIServer


class MetricsServer:
    """A running exporter."""

    def __init__(self, server: WSGIServer, thread: Thread) -> None:
        self._server = server
        self._thread = thread

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    def stop(self) -> None:
        """Stops listening; returns when the port is free again."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve_metrics(host: str, port: int) -> MetricsServer:
    """Serves :data:`REGISTRY` in Prometheus' text format. Port 0 takes a free one.

    Raises ``OSError`` if the port is taken.
    """
    server, thread = start_http_server(port, addr=host, registry=REGISTRY)
    return MetricsServer(server, thread)
