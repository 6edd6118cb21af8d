"""A database of the ca with one authority, and the settings of its service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_process import CaProcess, write_settings
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, make_authorities, make_settings
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]


@dataclass
class Installation:
    """Files and database of a ca, whose service is started and killed at will."""

    folder: Path
    settings_file: Path
    mesh: MeshAuthority
    database: Database
    processes: list[CaProcess] = field(default_factory=list)

    def start(self, *, killed_at: str = "") -> CaProcess:
        """Start the service; returns at once."""
        process = CaProcess(self.settings_file, killed_at=killed_at)
        self.processes.append(process)
        return process

    def running(self, *, killed_at: str = "") -> CaProcess:
        """Start the service and wait until it answers."""
        process = self.start(killed_at=killed_at)
        assert process.wait_until_ready()
        return process

    def certificates(self, process: CaProcess) -> ca_pb2_grpc.CertificateServiceStub:
        """As registration calls it."""
        channel = process.channel(self.mesh, self.folder, PeerRole.REGISTRATION)
        return ca_pb2_grpc.CertificateServiceStub(channel)

    def authorities(self, process: CaProcess, role: PeerRole) -> ca_pb2_grpc.AuthorityServiceStub:
        """As ocsp or bridge calls it."""
        return ca_pb2_grpc.AuthorityServiceStub(process.channel(self.mesh, self.folder, role))

    def operator(self, process: CaProcess) -> ca_pb2_grpc.AuthorityServiceStub:
        """As an operator of ca calls it."""
        channel = process.channel(self.mesh, self.folder, PeerRole.OPERATOR, "ca", "operator-1")
        return ca_pb2_grpc.AuthorityServiceStub(channel)


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An authority that has issued nothing yet."""
    if request.param == "sqlite":
        yield from _install(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield from _install(tmp_path, url)


def _install(folder: Path, url: str) -> Iterator[Installation]:
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    settings = make_settings(folder, url, mesh)
    make_authorities(settings, SystemClock(), [TOYAMA])
    file = write_settings(folder / "settings.toml", settings)
    made = Installation(folder, file, mesh, Database(url))
    yield made
    for process in made.processes:
        process.stop()
    made.database.close()
