"""A list of 64 MiB, the longest there may be, through the engine and through the bridge:
`make path-longest-list`.

Not collected by itself, as its name says. What each step took goes to build/longest-list.json.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openjpki.api.bridge.v1 import bridge_pb2 as pb
from openjpki.api.bridge.v1.bridge_pb2_grpc import PoolServiceStub
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.bridge.pool.path_material import MaterialCache
from openjpki.signer_core import PathMaterial
from openjpki.x509.foreign.reading import MAX_LIST_BYTES
from tests.integration.bridge.test_long_lists import parts, submission, with_all_but_its_list
from tests.integration.bridge.test_unreadable_elements import service_of
from tests.support.ca_service import TOYAMA
from tests.support.long_lists import list_of_octets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.bridge.conftest import Abroad
    from tests.support.bridge_service import RunningBridge

QUESTIONS = 100
MIB = 1 << 20
ROOM = 8 * MAX_LIST_BYTES
"""What a step may need beyond what was there before it."""


_TELLING = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)
"""
"""Runs a command and tells what it took. A child of ours would begin with our own peak."""


@dataclass
class Report:
    """Seconds and peak of memory of each step."""

    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Of this process, which the service runs in."""
        Path("/proc/self/clear_refs").write_text("5\n")
        before, began = _status("VmRSS"), time.monotonic()
        yield
        self.add(name, time.monotonic() - began, _status("VmHWM") - before)

    def add(self, name: str, seconds: float, octets: int) -> None:
        self.steps[name] = {"seconds": round(seconds, 2), "peak_mib": octets // MIB}
        assert octets < ROOM, (name, octets // MIB)


def _status(name: str) -> int:
    (line,) = [
        line for line in Path("/proc/self/status").read_text().splitlines() if name + ":" in line
    ]
    return int(line.split()[1]) << 10


@pytest.fixture(scope="module")
def report() -> Iterator[Report]:
    made = Report()
    yield made
    file = Path("build/longest-list.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(made.steps, indent=2) + "\n")
    sys.__stdout__.write(f"\n{json.dumps(made.steps, indent=2)}\n")  # type: ignore[union-attr]


def asked(report: Report, name: str, words: list[str], octets: bytes) -> list[dict[str, Any]]:
    """What `openjpki path` says, a line each."""
    command = [sys.executable, "-m", "openjpki.cli.main", "--output", "json", "path", *words]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", _TELLING, *command], input=octets, capture_output=True, check=True
    )
    out, told = done.stdout, done.stderr.split()
    report.add(name, time.monotonic() - began, int(told[-2]) << 10)
    report.steps[name]["processor_seconds"] = round(float(told[-1]), 2)
    if words[0] == "validate":
        return [json.loads(out)]
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.timeout(1800)
def test_the_engine_reads_it_once(abroad: Abroad, tmp_path: Path, report: Report) -> None:
    ministry, pool, over = abroad.ministry, tmp_path / "longest.crl", tmp_path / "over.crl"
    pool.write_bytes(list_of_octets(ministry.folder, MAX_LIST_BYTES, number=1))
    target, anchor = tmp_path / "official.der", tmp_path / "ministry.der"
    target.write_bytes(abroad.official)
    anchor.write_bytes(ministry.certificate)
    words = ["validate", str(target), "--anchor", str(anchor), "--pool"]
    (said,) = asked(report, "path validate", [*words, str(pool)], b"")
    assert (said["verdict"], said["left_out"]) == ("accept", 0)
    question = {"target": str(target), "anchors": [str(anchor)], "pool": [str(pool)]}
    line = json.dumps(question).encode() + b"\n"
    (one,) = asked(report, "path batch, one question", ["batch"], line)
    many = asked(report, f"path batch, {QUESTIONS} questions", ["batch"], line * QUESTIONS)
    assert [each["verdict"] for each in [one, *many]] == ["accept"] * (1 + QUESTIONS)
    # One octet more is no list.
    longer = list_of_octets(ministry.folder, MAX_LIST_BYTES + 1, number=1)
    ((_, field, rule),) = PathMaterial.read(longer).left_out
    assert (field, rule) == ("certificateList", "is too large")
    over.write_bytes(longer)
    (said,) = asked(report, "path validate, an octet more", [*words, str(over)], b"")
    assert (said["reason"], said["left_out"]) == ("revocation_unknown", 1)


@pytest.mark.timeout(1800)
def test_the_bridge_takes_it_by_parts(
    fresh_bridge: RunningBridge, abroad: Abroad, report: Report, request: pytest.FixtureRequest
) -> None:
    bridge, partner = fresh_bridge, abroad.partner_id
    database = request.node.callspec.params["fresh_bridge"]
    bridge.with_governor(TOYAMA)
    with_all_but_its_list(bridge, abroad)
    der = list_of_octets(abroad.ministry.folder, MAX_LIST_BYTES, number=1)
    digest = hashlib.sha256(der).digest()
    stub = bridge.pool(partner)
    with report.step(f"{database}: parts uploaded"):
        for part in parts(partner, der):
            answer = stub.UploadRevocationListPart(part)
    assert answer.octets == MAX_LIST_BYTES
    with report.step(f"{database}: handed in"):
        stub.SubmitRevocationList(submission(partner, der))
    with report.step(f"{database}: first question"):
        assert bridge.validate(abroad.official).valid
    with report.step(f"{database}: {QUESTIONS} questions"):
        for _ in range(QUESTIONS):
            assert bridge.validate(abroad.official).valid
    with report.step(f"{database}: read after a start"):
        pool = MaterialCache(service_of(bridge).bridge).current()
    assert digest in {one.sha256 for one in pool.lists}
    del pool
    verifier = PoolServiceStub(bridge.channel(PeerRole.VERIFIER, "tax-office"))
    with report.step(f"{database}: downloaded"):
        whole = hashlib.sha256()
        for piece in verifier.DownloadPoolElement(pb.DownloadPoolElementRequest(sha256=digest)):
            whole.update(piece.chunk)
    assert whole.digest() == digest
    more = pb.UploadRevocationListPartRequest(
        request_id=str(uuid.uuid4()),
        partner_id=partner,
        sha256=bytes(32),
        octets=MAX_LIST_BYTES + 1,
        part=bytes(MIB),
    )
    with pytest.raises(OpenJpkiError) as refused:
        stub.UploadRevocationListPart(more)
    assert (refused.value.reason, refused.value.field) == (Reason.INVALID_FIELD, "octets")
