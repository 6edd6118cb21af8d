"""The bridge service as a process of its own, which a test may have killed at a named step."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.bridge import BridgeSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.services.bridge.service import BridgeService
from tests.support.bridge_service import BridgeClient, wait_serving
from tests.support.forked import ForkedProcess, checkpoints
from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from openjpki_devkit.mesh.authority import MeshAuthority


def _serve(
    settings_file: Path, killed_at: str, paused_at: str, instance: str, ready: Connection
) -> None:
    if instance:
        os.environ["OPENJPKI_LEASE__INSTANCE"] = instance
    settings = load_settings(BridgeSettings, settings_file)
    service = BridgeService(settings, SystemClock(), checkpoint=checkpoints(killed_at, paused_at))
    stop = AskedToStop()
    service.start()
    ready.send((service.server.port, service.server.health_port))
    stop.wait()
    service.stop()


class BridgeProcess(ForkedProcess):
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
        super().__init__(_serve, settings_file, killed_at, paused_at, instance)
        self.port, self._health = self.told()
        self._clients: list[BridgeClient] = []

    def wait_until_ready(self) -> None:
        """Until its health says SERVING."""
        wait_serving(self._health)

    def client(self, folder: Path, mesh: MeshAuthority) -> BridgeClient:
        """Calls are tried once."""
        client = BridgeClient(folder, mesh, self.port, retries=False)
        self._clients.append(client)
        return client

    def stop(self) -> int | None:
        """Ask it to stop, if it still runs, and close what called it; its exit status."""
        if self._process.is_alive():
            # Else its clients wait for what it began.
            self.resume()
        for client in self._clients:
            client.close()
        return super().stop()


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
