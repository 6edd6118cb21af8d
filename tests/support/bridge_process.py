"""The bridge service as a process of its own, which a test may have killed at a named step."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.bridge_service import BridgeClient, wait_serving

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.bridge import BridgeSettings
    from openjpki_devkit.mesh.authority import MeshAuthority

_PROGRAM = """
import json, os, signal, sys, threading
from pathlib import Path
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.services.bridge.service import BridgeService

deadly = sys.argv[2]

def checkpoint(step):
    if step == deadly:
        # Nothing is flushed, closed or answered: as when the power goes.
        os.kill(os.getpid(), signal.SIGKILL)

settings = load_settings(BridgeSettings, Path(sys.argv[1]))
service = BridgeService(settings, SystemClock(), checkpoint=checkpoint)
service.start()
ports = {"port": service.server.port, "health": service.server.health_port}
print(json.dumps(ports), flush=True)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
stop.wait()
service.stop()
"""


class BridgeProcess:
    """A running process; ``killed_at`` names the step at which it kills itself, if any."""

    def __init__(self, settings_file: Path, *, killed_at: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, settings_file, killed_at],
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
        """Whether it ended by SIGKILL, now or within half a minute."""
        return self._process.wait(30) == -signal.SIGKILL

    def stop(self) -> None:
        """Ask it to stop, if it still runs."""
        for client in self._clients:
            client.close()
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def write_settings(file: Path, settings: BridgeSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    keys, tls = settings.keys, settings.tls
    assert keys.kind == "software"
    file.write_text(
        f"""
[service]
listen = "127.0.0.1:0"
health_listen = "127.0.0.1:0"
metrics_listen = "127.0.0.1:0"

[tls]
certificate = "{tls.certificate}"
private_key = "{tls.private_key}"
trust_bundle = "{tls.trust_bundle}"
trust_domain = "{tls.trust_domain}"

[database]
url = "{settings.database.read_url()}"

[keys]
kind = "software"
directory = "{keys.directory}"
passphrase_file = "{keys.passphrase_file}"

[bridge]
ca = "{settings.bridge.ca}"
""",
        encoding="utf-8",
    )
    return file
