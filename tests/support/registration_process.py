"""The registration service as a process of its own, which a test can kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.registration import RegistrationSettings
from openjpki.services.registration.service import build
from openjpki.telemetry.logging import configure_logging
from tests.support.forked import ForkedProcess
from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path


def _serve(settings_file: Path, log_file: Path, ready: Connection) -> None:
    with log_file.open("a") as log:
        configure_logging("registration", level="debug", stream=log)
        service = build(load_settings(RegistrationSettings, settings_file), SystemClock())
        stop = AskedToStop()
        service.start()
        ready.send((service.server.port,))
        stop.wait()
        service.stop()


class RegistrationProcess(ForkedProcess):
    """A running process; :attr:`port` once it answers."""

    def __init__(self, settings_file: Path, log_file: Path) -> None:
        super().__init__(_serve, settings_file, log_file)
        (self.port,) = self.told()

    def stop(self) -> int | None:
        """Ask it to stop, if it still runs: then all went well."""
        running = self._process.is_alive()
        status = super().stop()
        assert status == 0 or not running
        return status


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
