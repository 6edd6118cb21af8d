"""A real ca with PostgreSQL as a process of its own, and callers that have it issue."""

from __future__ import annotations

import itertools
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.kernel.database import Database
from openjpki_devkit.bench import postgres
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.embedded.authorities import prepare_authorities
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind
from openjpki_devkit.embedded.peers import usual_peers, write_credentials
from openjpki_devkit.embedded.receipt_key import prepare_receipt_key
from openjpki_devkit.embedded.responders import prepare_responders
from openjpki_devkit.embedded.settings_files import write_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki.domain.authority import AuthorityId
    from openjpki_devkit.embedded.processes import Processes

CALLERS = 16
_TIMEOUT = 30.0
# Durable, as in production: what is measured includes the writes that a crash must not lose.
_SETTINGS = ("listen_addresses=''", "shared_buffers=64MB", "max_connections=60")


@dataclass(slots=True)
class RunningCa:
    """A ca process, its database server and the calls it is still to get."""

    installation: Installation
    processes: Processes
    server: postgres.Server
    stub: ca_pb2_grpc.CertificateServiceStub
    requests: Iterator[ca_pb2.IssueCertificateRequest]

    def take(self, count: int) -> list[ca_pb2.IssueCertificateRequest]:
        """The next requests, made now."""
        return list(itertools.islice(self.requests, count))

    def issue(
        self, requests: list[ca_pb2.IssueCertificateRequest]
    ) -> list[ca_pb2.IssueCertificateResponse]:
        """Their certificates, asked for by all callers at once."""
        waiting, lock = iter(requests), threading.Lock()
        issued: list[ca_pb2.IssueCertificateResponse] = []

        def call(_: int) -> None:
            while True:
                with lock:
                    request = next(waiting, None)
                if request is None:
                    return
                issued.append(self.stub.IssueCertificate(request, timeout=_TIMEOUT))

        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(call, range(CALLERS)))
        return issued

    def measured(self, count: int) -> tuple[float, float]:
        """Certificates a second, and milliseconds of the process's processor for each."""
        requests = self.take(count)
        processor, began = self.processor_seconds(), time.perf_counter()
        self.issue(requests)
        elapsed = time.perf_counter() - began
        used = self.processor_seconds() - processor
        return count / elapsed, 1000 * used / count

    def processor_seconds(self) -> float:
        """User and system time of the process so far, all its threads."""
        process = self.processes.pid(PeerRole.CA)
        # The name in parentheses may hold spaces; utime and stime are the 14th and 15th fields.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_ca(
    folder: Path,
    requests: Iterator[ca_pb2.IssueCertificateRequest],
    authorities: Sequence[AuthorityId] = (AUTHORITY,),
    *,
    responders: bool = False,
) -> Iterator[RunningCa]:
    """It answers, knows the officers who signed the requests, and has these authorities; and the
    keys of their ``responders``, for rows that run ocsp too."""
    installation = Installation.beside(folder, KeyKind.SOFTWARE)
    layout = installation.layout
    write_credentials(layout, SystemClock(), usual_peers((), authorities))
    write_settings(layout, installation.ports, None)
    with postgres.running(_SETTINGS) as server:
        settings = layout.settings(PeerRole.CA)
        lines = settings.read_text("utf-8").splitlines()
        url = [f'url = "{server.url()}"' if each.startswith("url =") else each for each in lines]
        settings.write_text("\n".join(url), encoding="utf-8")
        prepare_receipt_key(layout)
        prepare_authorities(layout, authorities)
        if responders:
            prepare_responders(layout, authorities)
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
                yield RunningCa(installation, processes, server, stub, requests)
