"""A TCP relay between two services, which a test can cut or let fall silent."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Relay:
    """Listens on a free port of loopback and passes octets to and from ``target``."""

    def __init__(self, target: int, *others: int) -> None:
        """With ``others`` each connection goes to the next of them all, as a balancer does it."""
        self._targets = [target, *others]
        self._open = True
        self._silent: set[socket.socket] = set()
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def lead_to(self, *targets: int) -> None:
        """From now on, new connections."""
        with self._lock:
            self._targets = [*targets]

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            self._open = False
        self._end_all()

    def restore(self) -> None:
        """Take connections again."""
        self._open = True

    def fall_silent(self) -> None:
        """Keep the connections there are, but pass nothing on over them: a path that is no more.
        New ones work."""
        with self._lock:
            self._silent.update(self._sockets)

    def close(self) -> None:
        """End for good."""
        with self._lock:
            self._open = False
        self._listener.close()
        self._end_all()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._open:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(("127.0.0.1", self._next()))
                except OSError:
                    near.close()
                    continue
                with self._lock:
                    # It may have been cut while the other side was called.
                    lives = self._open
                    if lives:
                        self._sockets += [near, far]
                if not lives:
                    near.close()
                    far.close()
                    continue
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    def _next(self) -> int:
        with self._lock:
            # Or what others are told to lead to meanwhile would be forgotten.
            self._targets = self._targets[1:] + self._targets[:1]
            return self._targets[-1]

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while octets := source.recv(65536):
                if source not in self._silent:
                    sink.sendall(octets)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _end_all(self) -> None:
        with self._lock:
            ended, self._sockets = self._sockets, []
        for each in ended:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
