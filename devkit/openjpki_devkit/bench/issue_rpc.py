"""issue_rpc: IssueCertificate over mutual TLS, from a real ca with PostgreSQL, to 16 callers."""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.cli import output
from openjpki.config.clock import SystemClock
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.signer_core import SoftwareKey
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench import postgres
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY, issue_requests
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.bench.rate import per_second
from openjpki_devkit.bench.result import Result, Row, in_turns
from openjpki_devkit.embedded.authorities import prepare_authorities
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind
from openjpki_devkit.embedded.peers import write_credentials
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.settings_files import write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.api.ca.v1 import ca_pb2

CALLERS = 16
TURNS = 3
A_TURN = 320
"""Certificates: each caller's 20."""
_COUNTED = 64
"""Certificates of which every statement is counted, beside the others: counting takes time."""
_PROCESSOR_TARGET = 6.0
"""Milliseconds of the ca process: what the project allows itself for each."""
_TIMEOUT = 30.0
_BATCH = 64
# Durable, as in production: what is measured includes the writes that a crash must not lose.
_SETTINGS = ("listen_addresses=''", "shared_buffers=64MB", "max_connections=60")


def _measure() -> list[Result]:
    if not postgres.is_installed():
        output.stderr.print(f"left out: issue_rpc (needs {postgres.NEEDS})")
        return []
    requests = issue_requests(TURNS * A_TURN + _COUNTED + 2 * CALLERS)
    key = SoftwareKey.generate(2048)
    messages = [number.to_bytes(64, "big") for number in range(_BATCH)]
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder), requests) as ca:
        ca.issue(ca.take(CALLERS))
        statements = ca.statements_each()
        taken: list[float] = []

        def ours() -> float:
            rate, milliseconds = ca.measured(A_TURN)
            taken.append(milliseconds)
            return rate

        rate, signatures = in_turns(
            ours, lambda: per_second(lambda: len(key.sign_batch(messages, threads=1))), TURNS
        )
    milliseconds = sorted(taken)[len(taken) // 2]
    command = "make bench ONLY=issue_rpc"
    return [
        Result(
            id="issue_rpc",
            what=f"IssueCertificate, mutual TLS, PostgreSQL, {CALLERS} callers,"
            f" {statements:.1f} statements each",
            value=rate,
            unit="certificates/s",
            peer="sign_batch of the same run, one core",
            peer_value=signatures,
            ratio=rate / signatures,
            command=command,
        ),
        Result(
            id="issue_rpc_processor",
            what="processor time of the ca process for each of them",
            value=milliseconds,
            unit="ms",
            peer="what the project allows itself",
            peer_value=_PROCESSOR_TARGET,
            ratio=_PROCESSOR_TARGET / milliseconds,
            command=command,
        ),
    ]


@dataclass(slots=True)
class _RunningCa:
    """A ca process, its database server and the calls it is still to get."""

    process: int
    server: postgres.Server
    stub: ca_pb2_grpc.CertificateServiceStub
    requests: Iterator[ca_pb2.IssueCertificateRequest]

    def take(self, count: int) -> list[ca_pb2.IssueCertificateRequest]:
        """The next requests, made now."""
        return list(itertools.islice(self.requests, count))

    def issue(self, requests: list[ca_pb2.IssueCertificateRequest]) -> None:
        """Their certificates, asked for by all callers at once."""
        waiting, lock = iter(requests), threading.Lock()

        def call(_: int) -> None:
            while True:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                self.stub.IssueCertificate(request, timeout=_TIMEOUT)

        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(call, range(CALLERS)))

    def measured(self, count: int) -> tuple[float, float]:
        """Certificates a second, and milliseconds of the process's processor for each."""
        requests = self.take(count)
        processor, began = _processor_seconds(self.process), time.perf_counter()
        self.issue(requests)
        elapsed = time.perf_counter() - began
        used = _processor_seconds(self.process) - processor
        return count / elapsed, 1000 * used / count

    def statements_each(self) -> float:
        """Statements that the database gets for one certificate, as its own log tells."""
        with self._logging_every_statement():
            before = self._logged()
            self.issue(self.take(_COUNTED))
            return (self._logged() - before) / _COUNTED

    @contextmanager
    def _logging_every_statement(self) -> Iterator[None]:
        self._set_logging("all")
        try:
            yield
        finally:
            self._set_logging("none")

    def _set_logging(self, which: str) -> None:
        url = self.server.url().replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
            admin.execute("SELECT pg_reload_conf()")
        # The server's processes take the setting up between two statements.
        time.sleep(1)

    def _logged(self) -> int:
        text = self.server.log.read_text(errors="replace")
        return text.count("LOG:  statement:") + text.count("LOG:  execute ")


@contextmanager
def _running(
    folder: Path, requests: Iterator[ca_pb2.IssueCertificateRequest]
) -> Iterator[_RunningCa]:
    installation = Installation.beside(folder, KeyKind.SOFTWARE)
    layout = installation.layout
    write_credentials(layout, SystemClock(), [])
    write_settings(layout, installation.ports, None)
    with postgres.running(_SETTINGS) as server:
        settings = layout.settings(PeerRole.CA)
        lines = settings.read_text("utf-8").splitlines()
        url = [f'url = "{server.url()}"' if each.startswith("url =") else each for each in lines]
        settings.write_text("\n".join(url), encoding="utf-8")
        prepare_receipt_key(layout)
        prepare_authorities(layout, [AUTHORITY])
        with closing(Database(server.url())) as database:
            officers_of(MUNICIPALITY).enrol(database)
        with installation.processes() as processes:
            processes.start(PeerRole.CA)
            processes.wait_serving(PeerRole.CA)
            with open_channel(
                f"127.0.0.1:{installation.ports[PeerRole.CA].rpc}",
                layout.credentials(PeerRole.REGISTRATION),
                expect_role=PeerRole.CA,
                trust_domain=TRUST_DOMAIN,
                retries=False,
            ) as channel:
                stub = ca_pb2_grpc.CertificateServiceStub(channel)
                yield _RunningCa(processes.pid(PeerRole.CA), server, stub, requests)


def _processor_seconds(process: int) -> float:
    """User and system time of a process, all its threads."""
    # The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


ROW = Row("issue_rpc", "IssueCertificate over gRPC with PostgreSQL", _measure)
