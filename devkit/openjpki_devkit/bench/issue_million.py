"""What a certificate, a revocation and a list cost a ca with SQLite, by how many there are already.

``make issue-million``: the same at 1,000 and at 1,000,000 certificates, as JSON on stdout; what is
under way is told on stderr. A million takes two minutes and some 9 GB in the temporary folder.

Times are of the machine as much as of ca: pages that are not in memory, a disk that others write
to. That no call does more beside many certificates is shown by counting, in
tests/integration/ca/test_work_by_size.py.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.service import close_context, open_context, publisher_of
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench.filling import fill
from openjpki_devkit.bench.issue_requests import (
    AUTHORITY,
    MUNICIPALITY,
    issue_requests,
    revocation,
)
from openjpki_devkit.bench.machine import describe_machine
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.embedded.authorities import prepare_authorities
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.settings_files import write_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
CA = PeerRole.CA
ISSUED = 50
REVOKED = 40
_WARM = 3
"""Calls of each kind before any is measured: the first ones compile statements, and their pages may
be on the disk alone."""
_LISTS = 3
_TIMEOUT = 120.0


def measured(folder: Path, count: int) -> dict[str, object]:
    """One database with so many certificates, in milliseconds."""
    installation = Installation.beside(folder, KeyKind.SOFTWARE)
    layout = installation.layout
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, installation.ports, None)
    prepare_receipt_key(layout)
    prepare_authorities(layout, [AUTHORITY])
    settings = load_settings(CaSettings, layout.settings(CA))
    path = Path(settings.database.read_url().removeprefix("sqlite:///"))
    with closing(Database(settings.database.read_url())) as database:
        officers_of(MUNICIPALITY).enrol(database)
    requests = issue_requests(2 + _WARM + ISSUED)
    with _serving(installation) as (ca, _):
        _, pattern = (_issue(ca, request) for request in itertools.islice(requests, 2))
        _revoke(ca, pattern)
    began = time.perf_counter()
    fill(path, AUTHORITY, count, lambda there: _tell(f"{there:,} of {count:,} certificates"))
    filled = time.perf_counter() - began
    prepared = list(requests)
    with _serving(installation) as (ca, started):
        for request in prepared[:_WARM]:
            _issue(ca, request)
        issuing, serials = _each(lambda request: _issue(ca, request), prepared[_WARM:])
        for serial in serials[:_WARM]:
            _revoke(ca, serial)
        ending = serials[_WARM : _WARM + REVOKED]
        revoking, _ = _each(lambda serial: _revoke(ca, serial), ending)
    with closing(sqlite3.connect(path)) as connection:
        partition, entries = connection.execute(
            "SELECT partition, count(*) FROM revocations WHERE partition <> 'authority'"
            " GROUP BY 1 ORDER BY 2 DESC LIMIT 1"
        ).fetchone()
    context = open_context(settings, SystemClock())
    try:
        publisher = publisher_of(context, settings)
        publishing, _ = _each(lambda _: publisher.publish(AUTHORITY, partition), range(_LISTS))
    finally:
        close_context(context)
    return {
        "certificates": count,
        "megabytes": round(path.stat().st_size / 1e6),
        "filling_s": round(filled, 1),
        "start_s": round(started, 2),
        "issue_ms": _summary(issuing),
        "revoke_ms": _summary(revoking),
        "list_entries": entries,
        "list_ms": _summary(publishing),
    }


@contextmanager
def _serving(
    installation: Installation,
) -> Iterator[tuple[ca_pb2_grpc.CertificateServiceStub, float]]:
    """The real ca in a process of its own, asked as registration asks it; seconds to its start."""
    began = time.perf_counter()
    with installation.processes() as processes:
        processes.start(CA)
        processes.wait_serving(CA)
        started = time.perf_counter() - began
        with open_channel(
            f"127.0.0.1:{installation.ports[CA].rpc}",
            installation.layout.credentials(PeerRole.REGISTRATION),
            expect_role=CA,
            trust_domain=TRUST_DOMAIN,
            retries=False,
        ) as channel:
            yield ca_pb2_grpc.CertificateServiceStub(channel), started


def _issue(
    ca: ca_pb2_grpc.CertificateServiceStub, request: ca_pb2.IssueCertificateRequest
) -> bytes:
    """The serial number of what was issued."""
    return ca.IssueCertificate(request, timeout=_TIMEOUT).serial


def _revoke(ca: ca_pb2_grpc.CertificateServiceStub, serial: bytes) -> None:
    ca.RevokeCertificate(revocation(serial), timeout=_TIMEOUT)


def _each(
    call: Callable[[Asked], Answer], asked: Iterable[Asked]
) -> tuple[list[float], list[Answer]]:
    taken, answers = [], []
    for one in asked:
        began = time.perf_counter()
        answers.append(call(one))
        taken.append(1000 * (time.perf_counter() - began))
    return taken, answers


def _summary(taken: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(taken), 2), "max": round(max(taken), 2)}


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--certificates", type=int, nargs="+", default=[1_000, 1_000_000])
    counts: list[int] = parser.parse_args().certificates
    runs = []
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            runs.append(measured(Path(folder), count))
    found = {
        "command": "make issue-million",
        "machine": {**describe_machine(), "sqlite": sqlite3.sqlite_version},
        "issued": ISSUED,
        "revoked": REVOKED,
        "runs": runs,
    }
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
