"""The registration service as a process of its own, which a test can kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.registration import RegistrationSettings

_PROGRAM = """
import json, sys
from pathlib import Path
from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.services.registration.service import build
from openjpki.telemetry.logging import configure_logging

configure_logging("registration", level="debug", stream=open(sys.argv[2], "a"))
service = build(load_settings(RegistrationSettings, Path(sys.argv[1])), SystemClock())
stop = AskedToStop()
service.start()
print(json.dumps({"port": service.server.port}), flush=True)
stop.wait()
service.stop()
"""


class RegistrationProcess:
    """A running process; :attr:`port` once it answers."""

    def __init__(self, settings_file: Path, log_file: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, settings_file, log_file],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the service did not start"
        self.port: int = json.loads(line)["port"]

    def kill(self) -> None:
        """As when the power goes: SIGKILL."""
        self._process.kill()
        assert self._process.wait(90) == -signal.SIGKILL
        self._close()

    def stop(self) -> None:
        """Ask it to stop, if it still runs."""
        if self._process.poll() is None:
            self._process.terminate()
            assert self._process.wait(60) == 0
        self._close()

    def _close(self) -> None:
        if self._process.stdout is not None:
            self._process.stdout.close()


def write_settings(file: Path, settings: RegistrationSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    own = settings.registration
    return write_service_settings(
        file,
        tls=settings.tls,
        database=settings.database,
        listen=settings.service.listen,
        own=f"""
[registration]
ca = "{own.ca}"
person_key_file = "{own.person_key_file}"
receipt_keys = "{own.receipt_keys}"

[registration.resident_register]
url = "{own.resident_register.read_url()}"
""",
    )
