"""A database of the ca with one authority, and the settings of its service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.ca_fleet import Fleet
from tests.support.ca_process import CaProcess, write_settings
from tests.support.ca_service import (
    KAGAWA,
    TOYAMA,
    TRUST_DOMAIN,
    issue_request,
    make_authorities,
    make_settings,
    person_key,
)
from tests.support.postgres import postgres_server, postgres_url
from tests.support.responder_keys import REPLICA, EnrollingAuthorities

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server", "postgres_url"]


TOTTORI = "signing-31"
TOWN = {TOYAMA: "16201", KAGAWA: "37201", TOTTORI: "31201"}


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
        if role is not PeerRole.OCSP:
            return ca_pb2_grpc.AuthorityServiceStub(process.channel(self.mesh, self.folder, role))
        channel = process.channel(self.mesh, self.folder, role, NATIONWIDE, REPLICA)
        stub = ca_pb2_grpc.AuthorityServiceStub(channel)
        return cast("ca_pb2_grpc.AuthorityServiceStub", EnrollingAuthorities(stub, self.database))

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


@pytest.fixture(scope="session")
def people() -> list[rsa.RSAPrivateKey]:
    """Keys as their cards made them. Each test has a database of its own, so all may use them."""
    return [person_key() for _ in range(36)]


@pytest.fixture
def applications(people: list[rsa.RSAPrivateKey]) -> list[ca_pb2.IssueCertificateRequest]:
    """One of each person, to the three authorities in turn."""
    towns = list(TOWN.items())
    return [
        issue_request(
            key,
            authority_id=towns[number % len(towns)][0],
            municipality_code=towns[number % len(towns)][1],
            person=str(number),
        )
        for number, key in enumerate(people)
    ]


@pytest.fixture
def fleet(tmp_path: Path, postgres_url: str) -> Iterator[Fleet]:
    """Three authorities, and no process yet."""
    mesh = MeshAuthority.create(clock=SystemClock(), trust_domain=TRUST_DOMAIN)
    settings = make_settings(tmp_path, postgres_url, mesh)
    make_authorities(settings, SystemClock(), list(TOWN))
    file = write_settings(tmp_path / "settings.toml", settings)
    made = Fleet(tmp_path, file, mesh, Database(postgres_url))
    try:
        yield made
    finally:
        made.close()
