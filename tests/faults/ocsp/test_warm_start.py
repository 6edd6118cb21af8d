"""A replica that ends at any moment starts again from its file, and knows what it knew."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.services.common.background import NotDoneError
from openjpki.services.ocsp import service
from openjpki.services.ocsp.status import feed_follower, index_files
from openjpki.services.ocsp.status.index_files import IndexFiles
from openjpki.services.ocsp.status.snapshot import load_snapshot
from openjpki.telemetry.metrics import REGISTRY
from tests.faults.ocsp.conftest import told
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.ocsp_service import Pair, revocation, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from openjpki.services.ocsp.status.snapshot import Snapshot
    from tests.support.ca_service import RunningCa
    from tests.support.ocsp_service import RunningOcsp

GOOD, REVOKED = CertificateStatus.GOOD, CertificateStatus.REVOKED
AUTHORITY = AuthorityId.parse(TOYAMA)
MOST = 1_000_000

_SAVING = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId
from openjpki.services.ocsp.status.index_files import IndexFiles
from openjpki.services.ocsp.status.statuses import Position
from openjpki.signer_core import StatusIndex
from tests.support.status_index import issue, revoke

index, authority, sequence = StatusIndex(), AuthorityId.parse(sys.argv[2]), 0
for number in range(1, 2000):
    issue(index, number.to_bytes(20, "big"))
while True:
    sequence += 1
    revoke(index, sequence.to_bytes(20, "big"), 1, 1_000_000)
    position = Position(index, sequence, time.monotonic(), datetime.now(UTC))
    files = IndexFiles(Path(sys.argv[1]), SystemClock(), 1_000_000)
    files.save([authority], lambda _: position)
    print(sequence, flush=True)
"""


@pytest.mark.parametrize("saved", [1, 2, 5])
def test_killed_while_it_writes_it_has_this_file_or_the_one_before(
    tmp_path: Path, saved: int
) -> None:
    """Whatever moment the kill comes at, it is within the writing of a file or right after."""
    arguments = [sys.executable, "-c", _SAVING, str(tmp_path), TOYAMA]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as writing:
        assert writing.stdout is not None
        for _ in range(saved):
            last = int(writing.stdout.readline())
        writing.send_signal(signal.SIGKILL)
        left = writing.stdout.read().split()
    told_last = int(left[-1]) if left else last
    found = IndexFiles(tmp_path, SystemClock(), MOST).load(AUTHORITY)
    assert found is not None
    # Written and not yet told, at most.
    assert found.sequence in (told_last, told_last + 1)
    for number in range(1, found.sequence + 1):
        assert found.index.lookup(number.to_bytes(20, "big"))[0] == REVOKED
    # What was left half written is no hindrance.
    files = IndexFiles(tmp_path, SystemClock(), MOST)
    files.save([AUTHORITY], lambda _: found)
    assert [one.name for one in tmp_path.iterdir()] == [f"{TOYAMA}.index"]


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningCa]:
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.05)
    (tmp_path / "ca").mkdir()
    with running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as running:
        yield running


def replica(folder: Path, ca: RunningCa) -> AbstractContextManager[RunningOcsp]:
    return running_ocsp(
        folder,
        f"sqlite:///{folder / 'ocsp.db'}",
        ca.mesh,
        f"127.0.0.1:{ca.service.server.port}",
        ca_url=ca.settings.database.read_url(),
        freshness=30.0,
        index_directory=folder / "status",
    )


@pytest.mark.requirement("R4.1.1")
def test_a_replica_goes_on_from_its_file_with_what_happened_meanwhile(
    tmp_path: Path, ca: RunningCa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_files, "SAVE_SECONDS", 0.0)
    with replica(tmp_path, ca) as running:
        running.register()
        pair = Pair(ca, running)
        before, other = pair.issue().serial, pair.issue().serial
        pair.revoke(before)
        until(lambda: told(running, before) == REVOKED)
        until(lambda: told(running, other) == GOOD)
        until(lambda: filed(tmp_path, before) == REVOKED)
        assert filed(tmp_path, other) == GOOD
    ca.certificates().RevokeCertificate(revocation(other))
    monkeypatch.setattr("openjpki.services.ocsp.status.feed_follower.load_snapshot", _no_snapshot)
    with replica(tmp_path, ca) as running:
        until(lambda: told(running, other) == REVOKED)
        assert told(running, before) == REVOKED
        assert told(running, b"\x07") == CertificateStatus.UNKNOWN


def filed(folder: Path, serial: bytes) -> int:
    """The status that a replica would begin with."""
    found = IndexFiles(folder / "status", SystemClock(), MOST).load(AUTHORITY)
    return CertificateStatus.UNKNOWN if found is None else found.index.lookup(serial)[0]


def refused() -> float:
    labels = {"authority": TOYAMA}
    return REGISTRY.get_sample_value("openjpki_index_files_refused_total", labels) or 0.0


def _no_snapshot(*_: object) -> object:
    raise AssertionError("it began with a file")


@pytest.mark.requirement("R4.1.1")
def test_a_damaged_file_means_a_snapshot(
    tmp_path: Path, ca: RunningCa, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Snapshot] = []

    def load(*arguments: Any) -> Snapshot:
        loaded.append(load_snapshot(*arguments))
        return loaded[-1]

    monkeypatch.setattr(feed_follower, "load_snapshot", load)
    path = tmp_path / "status" / f"{TOYAMA}.index"
    with replica(tmp_path, ca) as running:
        running.register()
        serial = Pair(ca, running).issue().serial
        until(lambda: told(running, serial) == GOOD)
        until(path.exists)
    path.write_bytes(path.read_bytes()[:-1])
    before = refused()
    loaded.clear()
    with replica(tmp_path, ca) as running:
        until(lambda: told(running, serial) == GOOD)
    assert (refused(), len(loaded)) == (before + 1, 1)


@pytest.mark.requirement("R4.1.1")
def test_a_folder_that_cant_be_written_to_ends_no_serving(
    tmp_path: Path, ca: RunningCa, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_vain: list[IndexFiles] = []
    save = IndexFiles.save

    def counted(files: IndexFiles, *arguments: Any) -> None:
        try:
            save(files, *arguments)
        except NotDoneError:
            in_vain.append(files)
            raise

    monkeypatch.setattr(IndexFiles, "save", counted)
    (tmp_path / "status").write_bytes(b"no folder")
    with replica(tmp_path, ca) as running:
        running.register()
        until(lambda: len(in_vain) > 1)
        serial = Pair(ca, running).issue().serial
        until(lambda: told(running, serial) == GOOD)
        (tmp_path / "status").unlink()
        until(lambda: filed(tmp_path, serial) == GOOD)
