"""A TCP relay that can keep answers back or hang up: what a network does, on command."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class WithholdingProxy:
    """Relays one port of loopback to another. Sees octets only; TLS runs through it."""

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._answers = threading.Event()
        self._answers.set()
        self._refusing = False
        self._pairs: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def withhold_answers(self) -> None:
        """From now on what the target sends does not arrive; what is sent to it does."""
        self._answers.clear()

    def refuse(self) -> None:
        """Hang up, and on everybody who calls."""
        with self._lock:
            self._refusing = True
            self._hang_up()

    def relay(self) -> None:
        """Do as a good network does again; connections from before are cut."""
        with self._lock:
            # In this order: what has lost octets passes none on, and whoever calls then loses none.
            self._hang_up()
            self._refusing = False
            self._answers.set()

    def _hang_up(self) -> None:
        """Under the lock, so that no connection is made meanwhile that outlives it."""
        pairs, self._pairs = self._pairs, []
        for each in pairs:
            with_reset(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                with_reset(client)
                continue
            try:
                server = socket.create_connection(self._target)
            except OSError:
                with_reset(client)
                continue
            with self._lock:
                # It may have begun to refuse while the other side was called.
                refused = self._refusing
                if not refused:
                    self._pairs += [client, server]
            if refused:
                with_reset(client)
                with_reset(server)
                continue
            for source, sink, gate in ((client, server, None), (server, client, self._answers)):
                threading.Thread(target=_copy, args=(source, sink, gate), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        with self._lock:
            self._hang_up()


def with_reset(connection: socket.socket) -> None:
    """Close so that the other side and our own reading thread notice at once."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def _copy(source: socket.socket, sink: socket.socket, gate: threading.Event | None) -> None:
    try:
        while octets := source.recv(65536):
            if gate is not None and not gate.is_set():
                # Dropped, not kept: when the gate opens again these connections are cut.
                continue
            sink.sendall(octets)
    except OSError:
        pass
    with_reset(sink)
