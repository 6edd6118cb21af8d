"""check_unary and check_batch: status over gRPC from a real ocsp service that follows a real ca."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import grpc

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.ocsp.v1.ocsp_pb2_grpc import StatusServiceStub
from openjpki.api.types.v1 import revocation_pb2
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench import empty_server
from openjpki_devkit.bench.rate import per_second
from openjpki_devkit.bench.result import Result, Row, compared
from openjpki_devkit.bench.seeding import AUTHORITY, seed
from openjpki_devkit.embedded.installation import Installation
from openjpki_devkit.embedded.layout import TRUST_DOMAIN, KeyKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CERTIFICATES = 20_000
_A_MESSAGE = 1_000
_TURNS = 25
_SECONDS = 0.2
"""Short and many turns: who else uses the machine then comes and goes in the middle of both."""
_TIMEOUT = 10.0
_READY = timedelta(seconds=60)

_Check: TypeAlias = "grpc.UnaryUnaryMultiCallable[ocsp_pb2.CheckRequest, ocsp_pb2.CheckResponse]"


def _measure_unary() -> list[Result]:
    with replica() as running:
        check = asking(running.status.Check, running.serials)
        return [
            _against_empty(check, running.serials, running.tls, kind, suffix, text)
            for kind, suffix, text in (
                ("tls", "", "an empty grpcio unary method over the same mutual TLS"),
                ("plain", "_plaintext", "an empty grpcio unary method without TLS"),
            )
        ]


def _against_empty(
    check: Callable[[], int],
    serials: list[bytes],
    tls: TlsFiles,
    kind: str,
    suffix: str,
    text: str,
) -> Result:
    with _empty(tls, kind) as method:
        call = asking(method, serials)
        return compared(
            id=f"check_unary{suffix}",
            what=f"unary Check of one of {CERTIFICATES:,} certificates, one client, mutual TLS",
            unit="calls/s",
            peer=text,
            ours=lambda: per_second(check, _SECONDS),
            theirs=lambda: per_second(call, _SECONDS),
            command="make bench ONLY=check_unary",
            turns=_TURNS,
        )


def _measure_batch() -> list[Result]:
    with replica() as running:
        status, serials = running.status, running.serials
        check = asking(status.Check, serials)
        pages = itertools.cycle(
            serials[first : first + _A_MESSAGE] for first in range(0, CERTIFICATES, _A_MESSAGE)
        )

        def check_batch() -> int:
            request = ocsp_pb2.CheckBatchRequest(authority_id=str(AUTHORITY), serials=next(pages))
            answer = status.CheckBatch(request, timeout=_TIMEOUT)
            known = len(answer.statuses) - answer.statuses.count(
                revocation_pb2.CERTIFICATE_STATUS_UNKNOWN
            )
            if known != _A_MESSAGE:
                raise OpenJpkiError(Reason.INTERNAL, "a known certificate was called unknown")
            return known

        return [
            compared(
                id="check_batch",
                what=f"CheckBatch, {_A_MESSAGE:,} serials a message, one client",
                unit="statuses/s",
                peer="unary Check of the same run",
                ours=lambda: per_second(check_batch, _SECONDS),
                theirs=lambda: per_second(check, _SECONDS),
                turns=_TURNS,
            )
        ]


def asking(method: _Check, serials: list[bytes]) -> Callable[[], int]:
    """One question a call. The empty method is asked the same with the same messages, so that the
    client has the same work in both turns."""
    numbers = itertools.cycle(serials)

    def ask() -> int:
        request = ocsp_pb2.CheckRequest(authority_id=str(AUTHORITY), serial=next(numbers))
        method(request, timeout=_TIMEOUT)
        return 1

    return ask


@dataclass(frozen=True, slots=True)
class Replica:
    """A replica that answers, and a verifier's way to it."""

    installation: Installation
    status: StatusServiceStub
    serials: list[bytes]
    tls: TlsFiles


@contextmanager
def replica() -> Iterator[Replica]:
    """A ca with made-up certificates and an ocsp that follows it, as processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation.beside(Path(folder), KeyKind.SOFTWARE)
        installation.prepare(lambda _text: None)
        serials = seed(installation.layout, CERTIFICATES)
        with installation.processes() as processes:
            for service in (PeerRole.CA, PeerRole.OCSP):
                processes.start(service)
                processes.wait_serving(service, _READY.total_seconds())
            installation.register_usual_verifier()
            tls = installation.layout.credentials(PeerRole.VERIFIER, "tax-office")
            target = f"127.0.0.1:{installation.ports[PeerRole.OCSP].rpc}"
            with _bare_channel(target, tls, PeerRole.OCSP) as channel:
                yield Replica(installation, StatusServiceStub(channel), serials, tls)


@contextmanager
def _empty(tls: TlsFiles, kind: str) -> Iterator[_Check]:
    service = tls.certificate.parents[2] / PeerRole.OCSP.value
    files = [str(service / name) for name in ("tls.crt", "tls.key", "ca.crt")]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", empty_server.__name__, *files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        if process.stdout is None:
            raise OpenJpkiError(Reason.INTERNAL, "the peer has no output")
        target = f"127.0.0.1:{json.loads(process.stdout.readline())[kind]}"
        channel = (
            _bare_channel(target, tls, PeerRole.OCSP)
            if kind == "tls"
            else grpc.insecure_channel(target)
        )
        with channel:
            yield channel.unary_unary(
                empty_server.METHOD,
                request_serializer=ocsp_pb2.CheckRequest.SerializeToString,
                response_deserializer=ocsp_pb2.CheckResponse.FromString,
            )
    finally:
        process.communicate()


def _bare_channel(target: str, tls: TlsFiles, role: PeerRole) -> grpc.Channel:
    """grpcio's own channel: what is compared is the servers, not our client."""
    return grpc.secure_channel(
        target,
        channel_credentials(RotatingMaterial(tls).current()),
        options=[("grpc.ssl_target_name_override", server_name(role, TRUST_DOMAIN))],
    )


UNARY = Row("check_unary", "unary Check over gRPC", _measure_unary)
BATCH = Row("check_batch", "CheckBatch over gRPC", _measure_batch)
