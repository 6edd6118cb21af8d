"""kill -9 between two officers' approval and the certificate: there is one, always the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.bridge import crosses, service_bridge
from openjpki.storage.bridge.kinds import State
from openjpki.storage.ca import certificates, feed
from openjpki.storage.ca.kinds import CertificateKind
from openjpki.storage.kernel.database import Database
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.bridge_officers import approval, enrol_bridge_officers
from tests.support.bridge_process import BridgeProcess, write_settings
from tests.support.bridge_service import GOVERNOR_POLICY, make_settings, mapping
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.foreign_authorities import BRIDGE_POLICY
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.bridge_service import BridgeClient
    from tests.support.ca_service import RunningCa
    from tests.support.postgres import PostgresServer

__all__ = ["postgres_server"]

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

PAIRS = {
    pb.DIRECTION_TO_PARTNER: mapping(BRIDGE_POLICY, GOVERNOR_POLICY),
    pb.DIRECTION_FROM_PARTNER: mapping(GOVERNOR_POLICY, BRIDGE_POLICY),
}
TO_STEPS = [
    "approved", "serial reserved", "bytes built", "intent stored", "signed", "certificate made",
    "storing", "stored",
]  # fmt: skip
FROM_STEPS = ["approved", "certificate made", "storing", "stored"]
CASES = [(pb.DIRECTION_TO_PARTNER, step) for step in TO_STEPS]
CASES += [(pb.DIRECTION_FROM_PARTNER, step) for step in FROM_STEPS]
# Each step on SQLite; those around the intent and the certificate on PostgreSQL too.
ON_BOTH = {"intent stored", "storing"}


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCa]:
    folder = tmp_path_factory.mktemp("ca")
    with running_ca(folder, f"sqlite:///{folder / 'ca.db'}", authorities=(TOYAMA,)) as running:
        yield running


@dataclass
class Installation:
    """Files and database of a bridge, whose service is started and killed at will."""

    folder: Path
    settings_file: Path
    ca: RunningCa
    database: Database
    processes: list[BridgeProcess] = field(default_factory=list)

    def start(
        self, *, killed_at: str = "", paused_at: str = "", instance: str = ""
    ) -> BridgeProcess:
        process = BridgeProcess(
            self.settings_file, killed_at=killed_at, paused_at=paused_at, instance=instance
        )
        self.processes.append(process)
        return process

    def client(
        self, *, killed_at: str = "", paused_at: str = "", instance: str = ""
    ) -> BridgeClient:
        process = self.start(killed_at=killed_at, paused_at=paused_at, instance=instance)
        process.wait_until_ready()
        enrol_bridge_officers(self.database)
        return process.client(self.folder, self.ca.mesh)

    def record(self, identifier: str) -> crosses.CrossRecord:
        with self.database.reading() as tx:
            found = crosses.get(tx, identifier)
        assert found is not None
        return found

    def acts(self) -> list[str]:
        with self.database.reading() as tx:
            entries = list(SqlJournal().read_all(tx, "bridge"))
        assert [entry.number for entry in entries] == [*range(1, len(entries) + 1)]
        return [entry.act for entry in entries]

    def issued_by_the_governor(self) -> list[bytes]:
        with self.ca.service.ca.database.reading() as tx:
            serials = [
                s
                for page in feed.snapshot(
                    tx,
                    AuthorityId.parse(TOYAMA),
                    1000,
                    ended_before=LONG_AGO,
                )
                for s in page.serials
            ]
            found = [certificates.get(tx, AuthorityId.parse(TOYAMA), serial) for serial in serials]
        return [
            one.certificate
            for one in found
            if one is not None and one.kind is CertificateKind.CROSS
        ]


@pytest.fixture
def installation(
    request: pytest.FixtureRequest, tmp_path: Path, ca: RunningCa, database: str
) -> Iterator[Installation]:
    """A bridge that was never started."""
    if database == "sqlite":
        yield from _install(tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}", ca)
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        yield from _install(tmp_path, url, ca)


def _install(folder: Path, url: str, ca: RunningCa) -> Iterator[Installation]:
    settings = make_settings(folder, url, ca.mesh, ca.service.server.port)
    file = write_settings(folder / "settings.toml", settings)
    made = Installation(folder, file, ca, Database(url))
    yield made
    for process in made.processes:
        process.stop()
    made.database.close()


@pytest.mark.requirement("R4.4")
@pytest.mark.parametrize(
    ("direction", "step", "database"),
    [(*case, "sqlite") for case in CASES]
    + [(*case, "postgresql") for case in CASES if case[1] in ON_BOTH],
)
def test_killed_between_approval_and_certificate(
    installation: Installation, direction: pb.Direction.ValueType, step: str
) -> None:
    before = installation.issued_by_the_governor()
    client = installation.client(killed_at=step)
    client.register(TOYAMA)
    proposed = client.propose(TOYAMA, direction, policy_mappings=[PAIRS[direction]])
    identifier = proposed.cross_certification_id
    client.approve(proposed, "officer-1")
    request = approval(proposed, "officer-2")
    with pytest.raises(OpenJpkiError) as broken:
        client.officer("officer-2").ApproveCrossCertification(request)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert installation.processes[-1].was_killed()
    # Two approvals are never lost, and until it is stored there is no certificate.
    left = installation.record(identifier)
    assert [one.officer for one in left.approvals] == ["officer-1", "officer-2"]
    assert left.state is (State.ISSUED if step == "stored" else State.APPROVED)
    signed_from_here = ("intent stored", "signed", "certificate made", "storing")
    intended = direction == pb.DIRECTION_TO_PARTNER and step in signed_from_here
    assert (left.intent is not None) is intended

    again = installation.client()
    # It was finished before the service said that it serves.
    kept = installation.record(identifier)
    assert kept.state is State.ISSUED
    officer = again.officer("officer-2")
    answer = officer.ApproveCrossCertification(request)
    assert officer.ApproveCrossCertification(request) == answer
    assert answer.cross_certification.certificate == kept.certificate
    assert answer.cross_certification.certificate in again.list_pool().certificates
    if left.intent is not None:
        assert kept.certificate is not None
        assert left.intent.tbs in kept.certificate
    new = [one for one in installation.issued_by_the_governor() if one not in before]
    assert new == ([kept.certificate] if direction == pb.DIRECTION_FROM_PARTNER else [])
    acts = installation.acts()
    assert acts.count("cross.approved") == 2
    assert acts.count("cross.issued") == 1


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("step", ["key made", "own certificate made"])
def test_killed_at_the_first_start(installation: Installation, step: str) -> None:
    assert installation.start(killed_at=step).was_killed()
    with installation.database.reading() as tx:
        assert service_bridge.issuing(tx) is None
    client = installation.client()
    with installation.database.reading() as tx:
        own = service_bridge.issuing(tx)
    assert own is not None
    assert own.certificate in client.list_pool().certificates
    assert installation.acts().count("authority.created") == 1
