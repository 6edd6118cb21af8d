"""Names of a cluster that lead to loopback, for clients of other languages as they are.

Each language is given them by a means of its own, none of which changes what a client checks of the
name: a hosts file (Java), a module that answers look-ups (Node), a proxy that connects (Go).
"""

from __future__ import annotations

import json
import socket
import socketserver
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LOOK_UP = """\
import dns from "node:dns";

const names = new Set(%s);
const usual = dns.lookup;

dns.lookup = (name, options, then) =>
  usual(names.has(name) ? "127.0.0.1" : name, options, then);
"""


@contextmanager
def loopback_names(folder: Path, names: Sequence[str]) -> Iterator[dict[str, str]]:
    """Environment variables for a client that is to find these names; files go to ``folder``."""
    hosts, look_up = folder / "hosts", folder / "look_up.mjs"
    hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in names), "utf-8")
    look_up.write_text(_LOOK_UP % json.dumps(list(names)), "utf-8")
    with _Proxy(frozenset(names)) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        try:
            yield {
                "JAVA_TOOL_OPTIONS": f"-Djdk.net.hosts.file={hosts}",
                "NODE_OPTIONS": f"--import={look_up.as_uri()}",
                **dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), f"http://127.0.0.1:{proxy.port}"),
                "NO_PROXY": "",
            }
        finally:
            proxy.shutdown()


class _Proxy(socketserver.ThreadingTCPServer):
    """Connects whoever asks for one of the names to the same port of loopback (CONNECT, RFC 9110
    9.3.6), and refuses any other."""

    daemon_threads = True

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Connecting)
        self.names = names
        self.port = int(self.server_address[1])


class _Connecting(socketserver.StreamRequestHandler):
    server: _Proxy
    rbufsize = 0  # nothing after the head is read with it

    def handle(self) -> None:
        asked = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        host, _, port = asked[1].rpartition(":")
        if asked[0] != "CONNECT" or host not in self.server.names:
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", int(port)), 20) as reached:
            reached.settimeout(None)
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = Thread(target=_pass_on, args=(reached, self.connection), daemon=True)
            back.start()
            _pass_on(self.connection, reached)
            back.join(20)


def _pass_on(giver: socket.socket, taker: socket.socket) -> None:
    """All that comes, and its end; a side that broke off has ended too."""
    with suppress(OSError):
        while octets := giver.recv(65536):
            taker.sendall(octets)
    with suppress(OSError):
        taker.shutdown(socket.SHUT_WR)
