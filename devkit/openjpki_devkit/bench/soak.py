"""A replica of ocsp at most of what it can do for half an hour: does its memory stay?

``make soak``: as JSON in build/soak, with every look at its memory; what is under way is told on
stderr. The replica has a processor and everything else the other one: ca with PostgreSQL, which
issues and revokes meanwhile, and the generators. Of what one core can answer by POST, by GET and
with nonces it is asked ``SHARE``; Check over gRPC and new connections of mutual TLS come on top.

The exit code is 1 where memory grew by more than ``GROWTH`` from the second sixth of the time to
the last one, or an answer was wrong or lost.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from cryptography import x509

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.config.loading import load_settings
from openjpki.config.ocsp import OcspSettings
from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki.storage.migrations import upgrade
from openjpki_devkit.bench import cores, grpc_requests, load, memory, ocsp_requests, postgres
from openjpki_devkit.bench.cores import Cores, on
from openjpki_devkit.bench.issue_requests import AUTHORITY, issue_requests, revocation
from openjpki_devkit.bench.load import Load
from openjpki_devkit.bench.machine import describe_machine
from openjpki_devkit.bench.needs import is_left_out
from openjpki_devkit.bench.ocsp_requests import Question
from openjpki_devkit.bench.running_ca import running_ca
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.embedded.usual_verifier import VERIFIER, register_usual_verifier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki_devkit.bench.running_ca import RunningCa

SHARE = 0.7
GROWTH = 1.03
"""Times what there was: an allocator's pages come and go by less."""
_ASKED = 200
_MIX = "post-good=45,get-good=35,nonce-good=20"
_CHECKS, _HANDSHAKES = 500.0, 20.0
"""A second."""
_ISSUED_EVERY = 2.0
"""Seconds; each second one is revoked."""
_LOOK_EVERY = 5.0
_LOOKS = 12
"""At least: else there are no sixths to compare."""


@dataclass(frozen=True, slots=True)
class Look:
    """At the replica's process."""

    seconds: float
    resident: int
    """Octets."""
    descriptors: int


@dataclass(frozen=True, slots=True)
class _Asked:
    http: Load
    grpc: Load
    https: Load


def soaked(folder: Path, seconds: float, two: Cores) -> dict[str, Any]:
    """All that was seen. Raises ``INTERNAL`` when an answer was wrong or lost."""
    requests = issue_requests(_ASKED + int(seconds / _ISSUED_EVERY) + 1)
    with (
        on(two.load),
        running_ca(folder / "installation", requests, responders=True) as ca,
        _replica(ca, two) as process,
    ):
        asked = _asked(folder, ca, two)
        rate = asked.http.capacity() * SHARE
        _tell(f"{rate:,.0f} requests a second over HTTP, for {seconds:,.0f} seconds")
        ended = Event()
        with ThreadPoolExecutor() as pool:
            changing = pool.submit(_change, ca, ended)
            loads = [
                pool.submit(asked_for.report, *options, seconds=seconds)
                for asked_for, options in (
                    (asked.http, ("--rate", str(rate))),
                    (asked.grpc, ("--rate", str(_CHECKS))),
                    (asked.https, ("--rate", str(_HANDSHAKES), "--new-connections")),
                )
            ]
            try:
                looks = list(_looks(process, lambda: all(one.done() for one in loads)))
            finally:
                ended.set()
            http, grpc, https = (one.result() for one in loads)
            issued, revoked = changing.result()
    before, after = sixths(looks)
    return {
        "command": "make soak",
        "machine": describe_machine(),
        "requests_a_second": rate,
        "share_of_capacity": SHARE,
        "certificates_issued": issued,
        "certificates_revoked": revoked,
        "resident_second_sixth": before,
        "resident_last_sixth": after,
        "growth": after / before,
        "is_flat": after / before <= GROWTH,
        "http": http,
        "grpc": grpc,
        "handshakes": https,
        "looks": [asdict(look) for look in looks],
    }


@contextmanager
def _replica(ca: RunningCa, two: Cores) -> Iterator[int]:
    """Its process, once it answers."""
    layout, ocsp = ca.installation.layout, PeerRole.OCSP
    settings = load_settings(OcspSettings, layout.settings(ocsp))
    with closing(Database(settings.database.read_url())) as database:
        upgrade(database, ocsp.value)
    with on(two.server):
        ca.processes.start(ocsp)
    ca.processes.wait_serving(ocsp)
    register_usual_verifier(layout, ca.installation.ports, [AUTHORITY])
    yield ca.processes.pid(ocsp)


def _asked(folder: Path, ca: RunningCa, two: Cores) -> _Asked:
    issued = ca.issue(ca.take(_ASKED))
    issuer = x509.load_der_x509_certificate(issued[0].authority_certificate)
    questions = [Question(issuer, one.serial, "good") for one in issued]
    ports = ca.installation.ports[PeerRole.OCSP]
    for question in questions:
        ocsp_requests.answered(f"http://127.0.0.1:{ports.http}", question)
    ways = (ocsp_requests.post, ocsp_requests.get, ocsp_requests.post_with_nonce)
    lines = [way(question) for way in ways for question in questions]
    http = Load(ports.http, ocsp_requests.write(folder / "http.jsonl", lines), two, _MIX)
    secure = replace(
        http,
        tls=ca.installation.layout.credentials(PeerRole.VERIFIER, VERIFIER),
        server_name=server_name(PeerRole.OCSP, TRUST_DOMAIN),
    )
    checks = ocsp_requests.write(folder / "grpc.jsonl", map(_check, issued))
    return _Asked(
        http,
        replace(secure, port=ports.rpc, requests=checks, mix=None, connections=4, calls=16),
        replace(secure, port=ports.https),
    )


def _check(issued: ca_pb2.IssueCertificateResponse) -> dict[str, object]:
    asked = ocsp_pb2.CheckRequest(authority_id=str(AUTHORITY), serial=issued.serial)
    good = bytes([revocation_pb2.CERTIFICATE_STATUS_GOOD])
    return grpc_requests.call(
        "check", "/openjpki.api.ocsp.v1.StatusService/Check", asked, b"\x08" + good
    )


def _change(ca: RunningCa, ended: Event) -> tuple[int, int]:
    """Certificates issued, and of these revoked."""
    issued = revoked = 0
    while not ended.wait(_ISSUED_EVERY):
        requests = ca.take(1)
        if not requests:
            break
        (certificate,) = ca.issue(requests)
        issued += 1
        ca.stub.RevokeCertificate(revocation(certificate.serial))
        revoked += 1
    return issued, revoked


def _looks(process: int, is_over: Callable[[], bool]) -> Iterator[Look]:
    began = time.monotonic()
    for number in itertools.count(1):
        look = Look(
            round(time.monotonic() - began, 1),
            memory.resident(process),
            memory.descriptors(process),
        )
        if number % _LOOKS == 0:
            _tell(f"{look.seconds:,.0f} s: {look.resident / 1e6:,.1f} MB")
        yield look
        if is_over():
            return
        time.sleep(_LOOK_EVERY)


def sixths(looks: Sequence[Look]) -> tuple[float, float]:
    """What was resident in the second sixth and in the last one, octets."""
    sixth = len(looks) // 6
    residents = [look.resident for look in looks]
    return (
        statistics.median(residents[sixth : 2 * sixth]),
        statistics.median(residents[-sixth:]),
    )


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def main() -> None:
    """Measure, write and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--directory", type=Path, default=Path("build/soak"))
    options = parser.parse_args()
    two = Cores.two()
    needed = {
        cores.NEEDS: two,
        load.NEEDS: load.version(),
        postgres.NEEDS: postgres.is_installed() or None,
    }
    if is_left_out("soak", needed) or two is None:
        sys.exit(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            seen = soaked(Path(folder), options.seconds, two)
    except OpenJpkiError as error:
        sys.exit(f"failed: {error}")
    options.directory.mkdir(parents=True, exist_ok=True)
    file = options.directory / "soak.json"
    file.write_text(json.dumps(seen, indent=2) + "\n", encoding="utf-8")
    grown = 100 * (seen["growth"] - 1)
    _tell(
        f"{seen['resident_second_sixth'] / 1e6:,.1f} MB, later"
        f" {seen['resident_last_sixth'] / 1e6:,.1f} MB ({grown:+.1f} %); all of it in {file}"
    )
    sys.exit(0 if seen["is_flat"] else 1)


if __name__ == "__main__":
    main()
