"""A registration service that is started and killed at will, before a real ca service that is
reached over a network which can fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from openjpki.storage.kernel.database import Database
from tests.support.ca_service import TOYAMA, RunningCa, running_ca
from tests.support.postgres import postgres_server
from tests.support.registration_process import RegistrationProcess, write_settings
from tests.support.registration_service import (
    TOYAMA_CITY,
    Desk,
    People,
    RunningRegistration,
    fill_register,
    make_settings,
    residents_of,
)
from tests.support.withholding_proxy import WithholdingProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

PEOPLE = residents_of(TOYAMA_CITY, 40)


@dataclass
class Installation:
    """Files and databases of a registration service, the ca, and the network between."""

    folder: Path
    settings_file: Path
    ca: RunningCa
    network: WithholdingProxy
    database: Database
    people: People
    process: RegistrationProcess | None = None
    reached: list[RunningRegistration] = field(default_factory=list)

    @property
    def log_file(self) -> Path:
        """What every process wrote."""
        return self.folder / "service.log"

    def start(self) -> RunningRegistration:
        """Start the service; returns when it answers."""
        self.process = RegistrationProcess(self.settings_file, self.log_file)
        reached = RunningRegistration(
            self.folder, self.ca.mesh, self.process.port, self.database, patient=False
        )
        self.reached.append(reached)
        return reached

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.kill()
        assert self.process.was_killed()

    def desks(self) -> tuple[Desk, Desk]:
        """The two officers at the service running now."""
        return self.reached[-1].desk("officer-1"), self.reached[-1].desk("officer-2")


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """Nothing runs yet but the ca."""
    if request.param == "sqlite":
        yield from _install(tmp_path, f"sqlite:///{tmp_path / 'registration.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield from _install(tmp_path, url)


def _install(folder: Path, url: str) -> Iterator[Installation]:
    register_url = f"sqlite:///{folder / 'register.db'}"
    fill_register(register_url, PEOPLE)
    ca_folder = folder / "ca"
    ca_folder.mkdir()
    with (
        running_ca(ca_folder, f"sqlite:///{ca_folder / 'ca.db'}", authorities=(TOYAMA,)) as ca,
        WithholdingProxy(ca.service.server.port) as network,
    ):
        settings = make_settings(
            folder, ca.mesh, network.port, database_url=url, register_url=register_url
        )
        made = Installation(
            folder,
            write_settings(folder / "settings.toml", settings),
            ca,
            network,
            Database(url),
            People(PEOPLE),
        )
        yield made
        network.relay()
        for each in made.reached:
            for channel in each.channels:
                channel.close()
        if made.process is not None:
            made.process.stop()
        made.database.close()
        log = made.log_file.read_text()
        assert "架空" not in log
        assert "KAKUU" not in log
