"""lease_overhead and takeover: what leases cost, and what they are for (docs/leases.md)."""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki_devkit.bench import postgres
from openjpki_devkit.bench.ca_processes import CaProcesses, ca_processes
from openjpki_devkit.bench.issue_requests import issue_requests
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc

_WITH, _WITHOUT = "openjpki.cli.main", "openjpki_devkit.bench.ca_without_leases"
CALLERS = 16
_TURNS = 25
"""Short and many: what differs is less than what a busy machine does to a longer one."""
_A_TURN = 64
"""Certificates: each caller's four."""
_KILLS = 3
_BOUND = 5.0
"""Seconds that the project allows itself from kill -9 of an owner to the next certificate."""
_TIMEOUT = 30.0


def _overhead() -> list[Result]:
    if not has_database("lease_overhead"):
        return []
    with (
        tempfile.TemporaryDirectory() as folder,
        ca_processes(Path(folder), [_WITH, _WITHOUT]) as (leased, free),
    ):
        leased.start()
        free.start()
        with leased.stub() as ours, free.stub() as theirs:
            return [
                compared(
                    id="lease_overhead",
                    what=f"IssueCertificate under a lease, PostgreSQL, {CALLERS} callers",
                    unit="certificates/s",
                    peer="the same ca without leases",
                    ours=rate_of(ours, _TURNS),
                    theirs=rate_of(theirs, _TURNS),
                    turns=_TURNS,
                )
            ]


def _takeover() -> list[Result]:
    if not has_database("takeover"):
        return []
    requests = issue_requests(2 * _KILLS)
    with (
        tempfile.TemporaryDirectory() as folder,
        ca_processes(Path(folder), [_WITH]) as (processes,),
    ):
        processes.start()
        taken = [_seconds_without_owner(processes, requests) for _ in range(_KILLS)]
    worst = max(taken)
    return [
        Result(
            id="takeover",
            what=f"kill -9 of an authority's owner to its next certificate, longest of {_KILLS}",
            value=worst,
            unit="s",
            peer="what the project allows itself",
            peer_value=_BOUND,
            ratio=_BOUND / worst,
            command="make bench ONLY=takeover",
        )
    ]


def _seconds_without_owner(
    processes: CaProcesses, requests: Iterator[ca_pb2.IssueCertificateRequest]
) -> float:
    """The owner is the one that runs already: a second one finds nothing to take."""
    processes.start()
    with processes.stub() as stub:
        stub.IssueCertificate(next(requests), timeout=_TIMEOUT)
        began = time.perf_counter()
        processes.kill_first()
        stub.IssueCertificate(next(requests), timeout=_TIMEOUT)
        return time.perf_counter() - began


def rate_of(stub: ca_pb2_grpc.CertificateServiceStub, turns: int) -> Callable[[], float]:
    """Certificates a second, of all callers together; measured anew each time, so often."""
    requests = issue_requests((turns + 1) * _A_TURN)

    def rate() -> float:
        waiting, lock = itertools.islice(requests, _A_TURN), threading.Lock()
        # Made before: no part of what is measured.
        ready = iter(list(waiting))

        def call(_: int) -> None:
            while True:
                with lock:
                    request = next(ready, None)
                if request is None:
                    return
                stub.IssueCertificate(request, timeout=_TIMEOUT)

        began = time.perf_counter()
        with ThreadPoolExecutor(CALLERS) as callers:
            list(callers.map(call, range(CALLERS)))
        return _A_TURN / (time.perf_counter() - began)

    rate()
    return rate


def has_database(row: str) -> bool:
    """Whether the row can be measured here; says so where it can't."""
    if not postgres.is_installed():
        output.stderr.print(f"left out: {row} (needs {postgres.NEEDS})")
        return False
    return True


OVERHEAD = Row("lease_overhead", "issuance with leases against without", _overhead)
TAKEOVER = Row("takeover", "kill -9 of an owner to the next certificate", _takeover)
