"""grpc_unary and batch_core: what one core answers of status over gRPC, beside gRPC for Go.

Server and generator each have a processor. Both servers stand ready at once and are asked in turns,
the same calls; the peer's answers are constants, which it looks nothing up for.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench import cores, grpc_requests, load, ocsp_requests
from openjpki_devkit.bench.cores import Cores, on
from openjpki_devkit.bench.load import Load
from openjpki_devkit.bench.needs import is_left_out
from openjpki_devkit.bench.peers import grpc_go
from openjpki_devkit.bench.result import Figure, Result, Row, compared
from openjpki_devkit.bench.seeding import AUTHORITY, REVOKED_EVERY
from openjpki_devkit.bench.status import replica
from openjpki_devkit.embedded.layout import TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CHECK = "/openjpki.api.ocsp.v1.StatusService/Check"
_CHECK_BATCH = f"{_CHECK}Batch"
_ASKED = 1_000
"""Certificates, one in twenty of them revoked; a batch asks about all."""
_CONNECTIONS = 4
_CALLS, _BATCHES = 16, 4
"""At once on each connection."""
_TURNS = 7
_TIMEOUT = 10.0
_PEER = "gRPC for Go on one core, {}, over the same mutual TLS"


@dataclass(frozen=True, slots=True)
class _Servers:
    """Ours and the peer."""

    ours: Load
    go: Load


@contextmanager
def _servers(cores: Cores, calls: int) -> Iterator[_Servers]:
    with tempfile.TemporaryDirectory(prefix="openjpki-load-") as place, on(cores.server):
        folder = Path(place)
        with replica() as running:
            layout, ports = running.installation.layout, running.installation.ports
            serials = running.serials[:_ASKED]
            batch = ocsp_pb2.CheckBatchRequest(authority_id=str(AUTHORITY), serials=serials)
            constant = running.status.CheckBatch(batch, timeout=_TIMEOUT).SerializeToString()
            answers = {_CHECK: b"", _CHECK_BATCH: constant}
            with grpc_go.serving(layout.credentials(PeerRole.OCSP), answers) as port:
                statuses = bytes(_status(number) for number in range(_ASKED))
                checks = [
                    ocsp_pb2.CheckRequest(authority_id=str(AUTHORITY), serial=serial)
                    for serial in serials
                ]
                ours = [
                    grpc_requests.call("check", _CHECK, check, b"\x08" + bytes([status]))
                    for check, status in zip(checks, statuses, strict=True)
                ]
                empty = grpc_requests.framed(b"")
                theirs = [grpc_requests.call("check", _CHECK, check, empty) for check in checks]
                both = grpc_requests.call("batch", _CHECK_BATCH, batch, statuses)
                asked = Load(
                    ports[PeerRole.OCSP].rpc,
                    ocsp_requests.write(folder / "ours.jsonl", [*ours, both]),
                    cores,
                    tls=running.tls,
                    server_name=server_name(PeerRole.OCSP, TRUST_DOMAIN),
                    connections=_CONNECTIONS,
                    calls=calls,
                )
                peers = ocsp_requests.write(folder / "go.jsonl", [*theirs, both])
                yield _Servers(asked, replace(asked, port=port, requests=peers))


def _status(number: int) -> int:
    if number % REVOKED_EVERY:
        return revocation_pb2.CERTIFICATE_STATUS_GOOD
    return revocation_pb2.CERTIFICATE_STATUS_REVOKED


def _measure(row: str, calls: int, measure: Callable[[_Servers], Result]) -> list[Result]:
    two = Cores.two()
    needed = {
        cores.NEEDS: two,
        grpc_go.NEEDS: grpc_go.program(),
        load.NEEDS: load.version(),
    }
    if is_left_out(row, needed):
        return []
    assert two is not None  # noqa: S101 - said above
    with _servers(two, calls) as servers:
        return [measure(servers)]


def _unary(servers: _Servers) -> Result:
    return compared(
        id="grpc_unary",
        what=f"Check over mutual TLS, {_CONNECTIONS * _CALLS} calls at once on {_CONNECTIONS}"
        " connections, one core",
        unit="calls/s",
        peer=_PEER.format("an empty unary method"),
        ours=replace(servers.ours, mix="check=1").capacity,
        theirs=replace(servers.go, mix="check=1").capacity,
        turns=_TURNS,
    )


def _batch(servers: _Servers) -> Result:
    def statuses(asked: Load) -> float:
        calls = replace(asked, mix="batch=1").capacity()
        doubts = calls.doubts if isinstance(calls, Figure) else ()
        return Figure.of(calls * _ASKED, doubts)

    return compared(
        id="batch_core",
        what=f"CheckBatch of {_ASKED:,} over mutual TLS, {_CONNECTIONS * _BATCHES} calls at once"
        f" on {_CONNECTIONS} connections, one core",
        unit="statuses/s",
        peer=_PEER.format("the same answer as a constant"),
        ours=partial(statuses, servers.ours),
        theirs=partial(statuses, servers.go),
        turns=_TURNS,
    )


def _row(name: str, what: str, calls: int, measure: Callable[[_Servers], Result]) -> Row:
    return Row(name, what, partial(_measure, name, calls, measure))


ROWS = (
    _row("grpc_unary", "Check over gRPC, beside gRPC for Go", _CALLS, _unary),
    _row("batch_core", "CheckBatch over gRPC, beside gRPC for Go", _BATCHES, _batch),
)
