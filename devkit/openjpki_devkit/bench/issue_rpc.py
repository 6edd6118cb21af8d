"""issue_rpc: IssueCertificate over mutual TLS, from a real ca with PostgreSQL, to 16 callers."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from openjpki.cli import output
from openjpki.signer_core import SoftwareKey
from openjpki_devkit.bench import postgres
from openjpki_devkit.bench.issue_requests import issue_requests
from openjpki_devkit.bench.rate import per_second
from openjpki_devkit.bench.result import Result, Row, in_turns
from openjpki_devkit.bench.running_ca import CALLERS, running_ca

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki_devkit.bench.running_ca import RunningCa

TURNS = 3
A_TURN = 320
"""Certificates: each caller's 20."""
_COUNTED = 64
"""Certificates of which every statement is counted, beside the others: counting takes time."""
_PROCESSOR_TARGET = 6.0
"""Milliseconds of the ca process: what the project allows itself for each."""
_BATCH = 64


def _measure() -> list[Result]:
    if not postgres.is_installed():
        output.stderr.print(f"left out: issue_rpc (needs {postgres.NEEDS})")
        return []
    requests = issue_requests(TURNS * A_TURN + _COUNTED + 2 * CALLERS)
    key = SoftwareKey.generate(2048)
    messages = [number.to_bytes(64, "big") for number in range(_BATCH)]
    with tempfile.TemporaryDirectory() as folder, running_ca(Path(folder), requests) as ca:
        ca.issue(ca.take(CALLERS))
        statements = _statements_each(ca)
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


def _statements_each(ca: RunningCa) -> float:
    """Statements that the database gets for one certificate, as its own log tells."""
    with _logging_every_statement(ca):
        before = _logged(ca)
        ca.issue(ca.take(_COUNTED))
        return (_logged(ca) - before) / _COUNTED


@contextmanager
def _logging_every_statement(ca: RunningCa) -> Iterator[None]:
    _set_logging(ca, "all")
    try:
        yield
    finally:
        _set_logging(ca, "none")


def _set_logging(ca: RunningCa, which: str) -> None:
    url = ca.server.url().replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        admin.execute("SELECT pg_reload_conf()")
    # The server's processes take the setting up between two statements.
    time.sleep(1)


def _logged(ca: RunningCa) -> int:
    text = ca.server.log.read_text(errors="replace")
    return text.count("LOG:  statement:") + text.count("LOG:  execute ")


ROW = Row("issue_rpc", "IssueCertificate over gRPC with PostgreSQL", _measure)
