"""The ca service as a process of its own, which a test may have killed at a named step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from openjpki.rpc.channel import TypedChannel, open_channel
from openjpki.rpc.roles import PeerRole

from tests.support.ca_service import TRUST_DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.ca import CaSettings
    from openjpki.rpc.mesh import MeshAuthority

_PROGRAM = """
import json, os, signal, sys, threading
from pathlib import Path
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.services.ca.service import CaService

deadly = sys.argv[2]

def checkpoint(step):
    if step == deadly:
        # Nothing is flushed, closed or answered: as when the power goes.
        os.kill(os.getpid(), signal.SIGKILL)

settings = load_settings(CaSettings, Path(sys.argv[1]))
service = CaService(settings, SystemClock(), checkpoint=checkpoint)
service.start()
print(json.dumps({"port": service.server.port}), flush=True)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
stop.wait()
service.stop()
"""


class CaProcess:
    """A running process; ``killed_at`` names the step at which it kills itself, if any."""

    def __init__(self, settings_file: Path, *, killed_at: str = "") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, settings_file, killed_at],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port: int | None = None

    def wait_until_ready(self) -> bool:
        """Until it answers; False if it died before."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(30)
            return False
        self.port = json.loads(line)["port"]
        return True

    def channel(self, mesh: MeshAuthority, folder: Path, role: PeerRole) -> TypedChannel:
        """A channel of a peer of this role; calls are tried once."""
        files = mesh.issue(role).write(folder / "peers" / f"{role.value}-{os.urandom(4).hex()}")
        return open_channel(
            f"127.0.0.1:{self.port}",
            files,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            retries=False,
        )

    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL, now or within half a minute."""
        return self._process.wait(30) == -signal.SIGKILL

    def kill(self) -> None:
        """SIGKILL it now."""
        self._process.kill()
        self._process.wait(30)

    def stop(self) -> None:
        """Ask it to stop, if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def write_settings(file: Path, settings: CaSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    url = settings.database.read_url()
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
url = "{url}"

[keys]
kind = "software"
directory = "{keys.directory}"
passphrase_file = "{keys.passphrase_file}"
""",
        encoding="utf-8",
    )
    return file
