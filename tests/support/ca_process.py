"""The ca service as a process of its own, which a test may have killed at a named step."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.service import CaService
from openjpki.services.common import lease_keeper
from tests.support.ca_service import TRUST_DOMAIN
from tests.support.forked import ForkedProcess, checkpoints
from tests.support.mesh import usual_scope
from tests.support.settings_file import write_service_settings

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from openjpki_devkit.mesh.authority import MeshAuthority


def _serve(settings_file: Path, killed_at: str, paused_at: str, ready: Connection) -> None:
    stop = AskedToStop()
    settings = load_settings(CaSettings, settings_file)
    service = CaService(settings, SystemClock(), checkpoint=checkpoints(killed_at, paused_at))
    signal.signal(signal.SIGUSR1, lambda *_: _delude(service))
    service.start()
    ready.send((service.server.port,))
    stop.wait()
    service.stop()


def _delude(service: CaService) -> None:
    """Time stands still for it, and it no longer looks at its leases: it believes for ever that it
    holds what it holds now."""
    now = time.monotonic()
    vars(lease_keeper)["monotonic"] = lambda: now
    service.leases._rounds.stop()


class CaProcess(ForkedProcess):
    """A running process. ``killed_at`` names the step at which it kills itself, if any,
    ``paused_at`` the one at which it stops as if by SIGSTOP, the first time that it comes there."""

    def __init__(self, settings_file: Path, *, killed_at: str = "", paused_at: str = "") -> None:
        super().__init__(_serve, settings_file, killed_at, paused_at)
        self.port: int | None = None

    def wait_until_ready(self) -> bool:
        """Until it answers; False if it died before."""
        try:
            (self.port,) = self.told()
        except EOFError:
            return False
        return True

    def channel(
        self,
        mesh: MeshAuthority,
        folder: Path,
        role: PeerRole,
        scope: str = "",
        subject: str = "",
    ) -> TypedChannel:
        """A channel of a peer of this role; calls are tried once."""
        files = mesh.issue(role, scope or usual_scope(role), subject).write(
            folder / "peers" / f"{role.value}-{os.urandom(4).hex()}"
        )
        return open_channel(
            f"127.0.0.1:{self.port}",
            files,
            expect_role=PeerRole.CA,
            trust_domain=TRUST_DOMAIN,
            retries=False,
        )

    def delude(self) -> None:
        """Have it believe for ever that it holds the leases which it holds now."""
        self.signal(signal.SIGUSR1)


def write_settings(file: Path, settings: CaSettings) -> Path:
    """A settings file as an operator would write it; returns it."""
    return write_service_settings(
        file, tls=settings.tls, database=settings.database, keys=settings.keys
    )
