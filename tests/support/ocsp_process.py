"""The ocsp service as a process of its own, which a test can kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.ocsp import OcspSettings
from openjpki.services.ocsp.service import OcspService
from tests.support.forked import ForkedProcess
from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path


def _serve(settings_file: Path, ready: Connection) -> None:
    stop = AskedToStop()
    service = OcspService(load_settings(OcspSettings, settings_file), SystemClock())
    service.start()
    ready.send((service.server.port, service.http.port))
    stop.wait()
    service.stop()


class OcspProcess(ForkedProcess):
    """A running replica; :attr:`port` of gRPC, :attr:`url` of OCSP over plain HTTP."""

    def __init__(self, settings_file: Path) -> None:
        super().__init__(_serve, settings_file)
        self.port, http = self.told()
        self.url = f"http://127.0.0.1:{http}"


def write_settings(file: Path, settings: OcspSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    own = settings.ocsp
    usage = "" if own.usage_directory is None else f'usage_directory = "{own.usage_directory}"\n'
    return write_service_settings(
        file,
        tls=settings.tls,
        database=settings.database,
        keys=settings.keys,
        own=f"""
[ocsp]
ca = "{own.ca}"
http_listen = "{own.http_listen}"
https_listen = "{own.https_listen}"
{usage}""",
    )
