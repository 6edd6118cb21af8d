"""revoke_visible: from a revocation's answer to the last of two replicas that tells it.

Once they follow the instance of ca that revokes, which knows at once, and once another one, which
is told through the database that both have.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.cli import output
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench import load, ocsp_requests
from openjpki_devkit.bench.ca_processes import CaProcesses
from openjpki_devkit.bench.issue_requests import AUTHORITY, issue_requests, revocation
from openjpki_devkit.bench.leases import has_database
from openjpki_devkit.bench.load import Load
from openjpki_devkit.bench.ocsp_queries import asking
from openjpki_devkit.bench.ocsp_requests import Question
from openjpki_devkit.bench.replicas import replicas
from openjpki_devkit.bench.result import Result, Row
from openjpki_devkit.bench.running_ca import running_ca
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.embedded.usual_verifier import VERIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki.api.ca.v1 import ca_pb2
    from openjpki_devkit.bench.running_ca import RunningCa
    from openjpki_devkit.embedded.layout import Ports

_REVOKED = 200
_REPLICAS = 2
_QUERIES = 100
"""A second, over HTTP, at each replica."""
_ANSWERED = 0.95
"""Of these, at least: else it was not measured beside so many."""
_APART = (0.05, 0.15)
"""Seconds between revocations: a whole country has fewer."""
_BOUND = 100.0
"""Milliseconds that the project allows itself."""
_PATIENCE = 120.0


def _measure(row: str, *, elsewhere: bool) -> list[Result]:
    """``elsewhere``: they follow another instance."""
    if not has_database(row):
        return []
    if load.version() is None:
        output.stderr.print(f"left out: {row} (needs {load.NEEDS})")
        return []
    requests = issue_requests(_REVOKED + 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_ca(Path(folder) / "installation", requests, responders=True) as ca,
        _other(ca) if elsewhere else nullcontext() as follow,
        replicas(ca, _REPLICAS, follow) as ports,
        ExitStack() as opened,
    ):
        *issued, asked_about = ca.issue(ca.take(_REVOKED + 1))
        serials = [one.serial for one in issued]
        watched = [_Watched(opened, ca, one, serials) for one in ports]
        questions = _questions(Path(folder) / "asked.jsonl", asked_about, ports)
        loads = [Load(one.http, questions) for one in ports]
        end = opened.enter_context(asking(loads, _QUERIES))
        answers = {}
        for serial in serials:
            time.sleep(random.uniform(*_APART))  # noqa: S311 - so as to meet no rhythm of ca's
            ca.stub.RevokeCertificate(revocation(serial))
            answers[serial] = time.perf_counter()
        seen = [one.seen() for one in watched]
        answered = min(end())
    if answered < _QUERIES * _ANSWERED:
        raise OpenJpkiError(Reason.INTERNAL, f"{answered:.0f} queries a second were answered")
    taken = [
        1000 * max(*(one[serial] - answer for one in seen), 0.0)
        for serial, answer in answers.items()
    ]
    worst = statistics.quantiles(taken, n=100)[98]
    return [
        Result(
            id=row,
            what=f"a revocation's answer to the last of {_REPLICAS} replicas that tells it, p99 of"
            f" {_REVOKED} (median {statistics.median(taken):.1f}),"
            f" {answered:.0f} OCSP queries with nonces a second at each,"
            f" {'another' if elsewhere else 'this'} instance of ca is followed, and nothing is"
            " issued meanwhile",
            value=worst,
            unit="ms",
            peer="what the project allows itself",
            peer_value=_BOUND,
            ratio=_BOUND / worst,
            command=f"make bench ONLY={row}",
        )
    ]


@contextmanager
def _other(ca: RunningCa) -> Iterator[Ports]:
    """One more instance, over the same database: it finds no authority to work for."""
    processes = CaProcesses(ca.installation.layout.root)
    try:
        yield processes.start()
    finally:
        processes.stop()


class _Watched:
    """What a replica tells of certificates, as the usual verifier hears it. Looking again and again
    would take the replica's time; a change is told after whoever asks is told it."""

    def __init__(
        self, opened: ExitStack, ca: RunningCa, ports: Ports, serials: Sequence[bytes]
    ) -> None:
        """Once it has said that they are all good."""
        channel = opened.enter_context(
            open_channel(
                f"127.0.0.1:{ports.rpc}",
                ca.installation.layout.credentials(PeerRole.VERIFIER, VERIFIER),
                expect_role=PeerRole.OCSP,
                trust_domain=TRUST_DOMAIN,
            )
        )
        watch = StatusServiceStub(channel).Watch
        request = ocsp_pb2.WatchRequest(authority_id=str(AUTHORITY), serials=serials)
        self._stream = watch(request, timeout=_PATIENCE)
        self._left = set(serials)
        while self._left:
            self._hear(revocation_pb2.CERTIFICATE_STATUS_GOOD)
        self._left = set(serials)
        self._seen: dict[bytes, float] = {}
        self._reader = Thread(target=self._listen, daemon=True)
        self._reader.start()

    def seen(self) -> dict[bytes, float]:
        """When each was told to be revoked."""
        self._reader.join(_PATIENCE)
        if self._left:
            raise OpenJpkiError(Reason.INTERNAL, "a replica does not tell what happened")
        return self._seen

    def _listen(self) -> None:
        while self._left:
            serial = self._hear(revocation_pb2.CERTIFICATE_STATUS_REVOKED)
            if serial is not None:
                self._seen[serial] = time.perf_counter()

    def _hear(self, status: int) -> bytes | None:
        told = next(self._stream)
        if told.status.status != status:
            return None
        self._left.discard(told.serial)
        serial: bytes = told.serial
        return serial


def _questions(file: Path, about: ca_pb2.IssueCertificateResponse, ports: Sequence[Ports]) -> Path:
    """What the generator asks: about one certificate, once each replica knows that it is good."""
    issuer = x509.load_der_x509_certificate(about.authority_certificate)
    question = Question(issuer, about.serial, "good")
    for one in ports:
        ocsp_requests.answered(f"http://127.0.0.1:{one.http}", question)
    return ocsp_requests.write(file, [ocsp_requests.post_with_nonce(question)])


def _row(name: str, what: str, *, elsewhere: bool) -> Row:
    return Row(name, what, partial(_measure, name, elsewhere=elsewhere))


ROWS = (
    _row(
        "revoke_visible",
        "a revocation's answer to its being told by two replicas",
        elsewhere=False,
    ),
    _row(
        "revoke_visible_elsewhere",
        "the same, by replicas that follow another instance of ca",
        elsewhere=True,
    ),
)
