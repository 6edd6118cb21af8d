"""The four services as processes of their own: started in order, watched, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.embedded.layout import SERVICES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from openjpki.rpc.identity.roles import PeerRole
    from openjpki_devkit.embedded.layout import Layout, Ports

START_SECONDS = 60.0
STOP_SECONDS = 20.0
_POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_PROBE_SECONDS = 0.5
_PAUSE_SECONDS = 0.05


class Processes:
    """Started services. Use as a context manager: leaving it stops them all."""

    def __init__(
        self,
        layout: Layout,
        ports: Mapping[PeerRole, Ports],
        environment: Mapping[str, str],
        program: str = "openjpki.cli.main",
    ) -> None:
        """``program``: the module to run, which takes the arguments of ``openjpki``."""
        self._program = program
        self._layout = layout
        self._ports = ports
        self._environment = {**os.environ, **environment}
        self._running: dict[PeerRole, subprocess.Popen[bytes]] = {}
        self._former: dict[signal.Signals, Any] = {}

    def start_all(self, on_started: Callable[[PeerRole], None] = lambda _service: None) -> None:
        """Starts all services at once and waits until each serves: none needs another to start.

        Raises ``SERVICE_UNAVAILABLE`` with the end of its log when one does not come up.
        """
        for service in SERVICES:
            self.start(service)
        for service in SERVICES:
            self.wait_serving(service)
            on_started(service)

    def start(self, service: PeerRole) -> None:
        """Starts one service's process."""
        with self._layout.log(service).open("ab") as log:
            self._running[service] = subprocess.Popen(  # noqa: S603
                [
                    sys.executable, "-m", self._program, "serve", service.value,
                    "--settings", str(self._layout.settings(service)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                # A Ctrl-C at the terminal reaches us alone; we stop the services in order.
                start_new_session=True,
            )  # fmt: skip

    def wait_serving(self, service: PeerRole, seconds: float = START_SECONDS) -> None:
        """Returns once the service's health says SERVING."""
        end = time.monotonic() + seconds
        with grpc.insecure_channel(f"127.0.0.1:{self._ports[service].health}") as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while time.monotonic() < end and self.is_running(service):
                try:
                    answer = stub.Check(
                        health_pb2.HealthCheckRequest(),
                        timeout=_PROBE_SECONDS,
                        wait_for_ready=True,
                    )
                except grpc.RpcError:
                    continue
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
                time.sleep(_PAUSE_SECONDS)
        raise OpenJpkiError(
            Reason.SERVICE_UNAVAILABLE,
            f"{service.value} did not come up; the end of its log:\n{self._log_end(service)}",
        )

    def is_running(self, service: PeerRole) -> bool:
        """Whether its process lives."""
        process = self._running[service]
        if process.returncode is not None:
            return False
        # Not ``poll``: that takes a lock, and a polite kill, which raises wherever the main thread
        # is, could leave it taken. Whoever stops all would wait for it for ever.
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        try:
            return os.waitid(os.P_PID, process.pid, look) is None
        except ChildProcessError:
            return False

    def pid(self, service: PeerRole) -> int:
        """Its process."""
        return self._running[service].pid

    def kill(self, service: PeerRole) -> None:
        """Ends a service as a power cut would (SIGKILL)."""
        self._running[service].kill()
        self._running[service].wait()

    def wait_any(self, seconds: float) -> PeerRole | None:
        """The first service found to have ended by itself within so many seconds, if any."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for service in self._running:
                if not self.is_running(service):
                    return service
            time.sleep(_PAUSE_SECONDS)
        return None

    def stop_all(self) -> None:
        """Asks all to end, last started first; kills those that don't in time."""
        for process in reversed(self._running.values()):
            process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in self._running.values():
            try:
                process.wait(max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def __enter__(self) -> Processes:
        """From here on a polite kill of this process stops the services too, as Ctrl-C does."""
        if threading.current_thread() is threading.main_thread():
            # What is ignored stays so: nohup and background jobs ask for it.
            self._former = {
                number: signal.signal(number, signal.default_int_handler)
                for number in _POLITE
                if signal.getsignal(number) is not signal.SIG_IGN
            }
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A second Ctrl-C must not leave services behind.
        for number in self._former:
            signal.signal(number, signal.SIG_IGN)
        try:
            self.stop_all()
        finally:
            for number, handler in self._former.items():
                signal.signal(number, handler)

    def _log_end(self, service: PeerRole) -> str:
        lines = self._layout.log(service).read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])
