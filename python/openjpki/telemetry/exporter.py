"""``/metrics`` on a port of its own, which only the monitoring may reach.

Nobody is known here, so few connections are served at once, and who has been there longest makes
room for the next: whoever opens connections without end keeps neither threads nor the monitoring.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from socketserver import ThreadingMixIn
from threading import Lock, Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from openjpki.telemetry.metrics import REGISTRY

MOST = 16
"""Connections served at once."""
SILENT = 5.0
"""Seconds for the next octets of a request."""


class _Handler(WSGIRequestHandler):
    timeout = SILENT

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's
        """Nothing: what is asked is always the same."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 64
    timeout = 0
    """A connection that was seen to come may be gone again: none is waited for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._lock = Lock()
        self._open: dict[socket.socket, None] = {}
        """In the order in which they came."""
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            if len(self._open) >= MOST:
                first = next(iter(self._open))
                del self._open[first]
                with suppress(OSError):  # Gone meanwhile.
                    first.shutdown(socket.SHUT_RDWR)
            self._open[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who went away, or was made to, is no failure."""


class MetricsServer:
    """A running exporter. It sleeps until somebody connects or it is stopped: the standard
    library's loop looks twice a second whether it is, and stops as late as that."""

    def __init__(self, server: WSGIServer) -> None:
        self._server = server
        self._stopping, self._stop = socket.socketpair()
        self._thread = Thread(target=self._serve, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    def stop(self) -> None:
        """Stops listening; returns when the port is free again."""
        self._stop.close()
        self._thread.join()
        self._stopping.close()
        self._server.server_close()

    def _serve(self) -> None:
        with DefaultSelector() as waiting:
            waiting.register(self._server, EVENT_READ)
            stopping = waiting.register(self._stopping, EVENT_READ)
            while stopping not in (key for key, _ in waiting.select()):
                self._server.handle_request()


def serve_metrics(host: str, port: int) -> MetricsServer:
    """Serves :data:`REGISTRY` in Prometheus' text format. Port 0 takes a free one.

    Raises ``OSError`` if the port is taken.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
    # The standard library asks the class for it.
    kind = type("_Server", (_Server,), {"address_family": family})
    return MetricsServer(make_server(host, port, make_wsgi_app(REGISTRY), kind, _Handler))
