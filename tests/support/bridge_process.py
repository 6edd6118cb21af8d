"""The bridge service as a process of its own, which a test may have killed at a named step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.bridge_service import BridgeClient, wait_serving
from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from openjpki.config.bridge import BridgeSettings
    from openjpki_devkit.mesh.authority import MeshAuthority

_PROGRAM = """
import json, os, signal, sys
from pathlib import Path
from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.services.bridge.service import BridgeService

deadly, pausing = sys.argv[2:]
met = set()

def checkpoint(step):
    if step == deadly:
        # Nothing is flushed, closed or answered: as when the power goes.
        os.kill(os.getpid(), signal.SIGKILL)
    if step == pausing and step not in met:
        met.add(step)
        os.kill(os.getpid(), signal.SIGSTOP)

settings = load_settings(BridgeSettings, Path(sys.argv[1]))
service = BridgeService(settings, SystemClock(), checkpoint=checkpoint)
stop = AskedToStop()
service.start()
ports = {"port": service.server.port, "health": service.server.health_port}
print(json.dumps(ports), flush=True)
stop.wait()
service.stop()
"""


class BridgeProcess:
    """A running process. ``killed_at`` names the step at which it kills itself, if any,
    ``paused_at`` the one at which it stops as if by SIGSTOP, the first time that it comes there;
    ``instance`` what it is called beside others on its database."""

    def __init__(
        self,
        settings_file: Path,
        *,
        killed_at: str = "",
        paused_at: str = "",
        instance: str = "",
    ) -> None:
        named = {"OPENJPKI_LEASE__INSTANCE": instance} if instance else {}
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, settings_file, killed_at, paused_at],
            env={**os.environ, **named},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ports = json.loads(self._process.stdout.readline())
        self.port, self._health = ports["port"], ports["health"]
        self._clients: list[BridgeClient] = []

    def wait_until_ready(self) -> None:
        """Until its health says SERVING."""
        wait_serving(self._health)

    def client(self, folder: Path, mesh: MeshAuthority) -> BridgeClient:
        """Calls are tried once."""
        client = BridgeClient(folder, mesh, self.port, retries=False)
        self._clients.append(client)
        return client

    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL, now or within a minute and a half."""
        return self._process.wait(90) == -signal.SIGKILL

    def pause(self) -> None:
        """Stop it as it stands: SIGSTOP."""
        self._process.send_signal(signal.SIGSTOP)

    def is_paused(self) -> bool:
        """Whether it has stopped and will run again."""
        state = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        return state.rpartition(")")[2].split()[0] == "T"

    def resume(self) -> None:
        """Let it run on, as if no time had passed."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to stop, if it still runs."""
        if self._process.poll() is None:
            self.resume()
        for client in self._clients:
            client.close()
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def write_settings(file: Path, settings: BridgeSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    return write_service_settings(
        file,
        tls=settings.tls,
        database=settings.database,
        keys=settings.keys,
        own=f"""
[bridge]
ca = "{settings.bridge.ca}"
""",
    )
