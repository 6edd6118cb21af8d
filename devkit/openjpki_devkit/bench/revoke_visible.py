"""revoke_visible: from a revocation's answer to the last of two replicas that tells it."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench.issue_requests import AUTHORITY, MUNICIPALITY, issue_requests
from openjpki_devkit.bench.leases import has_database
from openjpki_devkit.bench.ocsp_queries import asking
from openjpki_devkit.bench.officers import officers_of
from openjpki_devkit.bench.replicas import replicas
from openjpki_devkit.bench.result import Result, Row
from openjpki_devkit.bench.running_ca import running_ca
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.embedded.usual_verifier import VERIFIER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from openjpki_devkit.bench.running_ca import RunningCa
    from openjpki_devkit.embedded.layout import Ports

_ID = "revoke_visible"
_REVOKED = 200
_REPLICAS = 2
_QUERIES = 100
"""A second, over HTTP, at each replica."""
_APART = (0.05, 0.15)
"""Seconds between revocations: a whole country has fewer."""
_BOUND = 100.0
"""Milliseconds that the project allows itself."""
_LOOKS = 0.001
"""Seconds between looks at a replica."""
_PATIENCE = 30.0
_GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
_IS_REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED


def _measure() -> list[Result]:
    if not has_database(_ID):
        return []
    requests = issue_requests(_REVOKED + 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_ca(Path(folder) / "installation", requests, responders=True) as ca,
        replicas(ca, _REPLICAS) as ports,
    ):
        *issued, asked_about = ca.issue(ca.take(_REVOKED + 1))
        with ExitStack() as opened:
            looks = [_looks_at(opened, ca, one) for one in ports]
            for look in looks:
                _until(lambda look=look: look(asked_about.serial) == _GOOD)  # type: ignore[misc]
            urls = [f"http://127.0.0.1:{one.http}" for one in ports]
            end = opened.enter_context(asking(urls, _question(asked_about), _QUERIES))
            pool = opened.enter_context(ThreadPoolExecutor(_REPLICAS))
            taken = []
            for one in issued:
                time.sleep(random.uniform(*_APART))  # noqa: S311 - so as to meet no rhythm of ca's
                taken.append(1000 * _seconds_to_be_seen(ca, pool, looks, one.serial))
            answered = min(end())
    worst = statistics.quantiles(taken, n=100)[98]
    return [
        Result(
            id=_ID,
            what=f"a revocation's answer to the last of {_REPLICAS} replicas that tells it, p99 of"
            f" {_REVOKED}, {answered:.0f} OCSP queries a second at each",
            value=worst,
            unit="ms",
            peer="what the project allows itself",
            peer_value=_BOUND,
            ratio=_BOUND / worst,
            command=f"make bench ONLY={_ID}",
        )
    ]


def _looks_at(opened: ExitStack, ca: RunningCa, ports: Ports) -> Callable[[bytes], int]:
    """What asks a replica, as the usual verifier, for a status."""
    channel = opened.enter_context(
        open_channel(
            f"127.0.0.1:{ports.rpc}",
            ca.installation.layout.credentials(PeerRole.VERIFIER, VERIFIER),
            expect_role=PeerRole.OCSP,
            trust_domain=TRUST_DOMAIN,
        )
    )
    check = StatusServiceStub(channel).Check

    def look(serial: bytes) -> int:
        try:
            answer = check(ocsp_pb2.CheckRequest(authority_id=str(AUTHORITY), serial=serial))
        except OpenJpkiError as error:
            if error.reason not in {Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}:
                raise
            return 0
        return int(answer.status)

    return look


def _seconds_to_be_seen(
    ca: RunningCa,
    pool: ThreadPoolExecutor,
    looks: Sequence[Callable[[bytes], int]],
    serial: bytes,
) -> float:
    request = officers_of(MUNICIPALITY).sign_revocation(
        ca_pb2.RevokeCertificateRequest(
            request_id=str(uuid.uuid4()),
            authority_id=str(AUTHORITY),
            serial=serial,
            cause=revocation_pb2.REVOCATION_CAUSE_KEY_COMPROMISE,
        )
    )
    ca.stub.RevokeCertificate(request)
    answered = time.perf_counter()
    seen = pool.map(lambda look: _until(lambda: look(serial) == _IS_REVOKED), looks)
    return max(seen) - answered


def _until(condition: Callable[[], bool]) -> float:
    """When it was so."""
    end = time.perf_counter() + _PATIENCE
    while not condition():
        if time.perf_counter() > end:
            raise OpenJpkiError(Reason.INTERNAL, "a replica does not tell what happened")
        time.sleep(_LOOKS)
    return time.perf_counter()


def _question(about: ca_pb2.IssueCertificateResponse) -> bytes:
    certificate = x509.load_der_x509_certificate(about.certificate)
    issuer = x509.load_der_x509_certificate(about.authority_certificate)
    builder = OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    return builder.build().public_bytes(Encoding.DER)


ROW = Row(_ID, "a revocation's answer to its being told by two replicas", _measure)
