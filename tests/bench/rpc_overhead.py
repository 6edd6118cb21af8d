"""What the guard costs: a guarded unary call against an empty grpcio method.

Both servers run in one process of their own, so they share its interpreter as they would in
production; the client measures in turns and reports the median of the ratios.

    python -m tests.bench.rpc_overhead [--seconds 1] [--rounds 7]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import RotatingMaterial, TlsFiles, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from tests.support.mesh import TRUST_DOMAIN, Mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Empty = grpc.UnaryUnaryMultiCallable[bytes, bytes]

_EMPTY = "/empty.Empty/Call"
_THREADS = (1, 4)


class _Status(ocsp_pb2_grpc.StatusServiceServicer):
    """Answers one method with next to nothing; the others are not asked."""

    def Check(self, request: Any, context: Any) -> ocsp_pb2.CheckResponse:  # noqa: ARG002, N802
        return ocsp_pb2.CheckResponse(status=revocation_pb2.CERTIFICATE_STATUS_GOOD, sequence=1)

    def CheckBatch(self, request: Any, context: Any) -> ocsp_pb2.CheckBatchResponse:  # noqa: N802
        raise NotImplementedError

    def Watch(self, request: Any, context: Any) -> Iterator[ocsp_pb2.WatchResponse]:  # noqa: N802
        raise NotImplementedError


def serve(directory: Path) -> None:
    """The servers' process: prints what the client needs, then waits for its input's end."""
    mesh = Mesh(directory)
    verifier = mesh.files(PeerRole.VERIFIER, "bench")
    material = RotatingMaterial(mesh.files(PeerRole.OCSP)).current()
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
        lambda octets, _context: octets
    )
    ports: dict[str, int] = {}
    running = []
    for name in ("plain", "tls"):
        empty = grpc.server(ThreadPoolExecutor(16))
        empty.add_registered_method_handlers("empty.Empty", {"Call": handler})
        if name == "plain":
            ports[name] = empty.add_insecure_port("127.0.0.1:0")
        else:
            credentials = grpc.ssl_server_credentials(
                [(material.private_key, material.certificate)], material.trust_bundle, True
            )
            ports[name] = empty.add_secure_port("127.0.0.1:0", credentials)
        empty.start()
        # gRPC stops a server that nothing refers to.
        running.append(empty)
    add = partial(ocsp_pb2_grpc.add_StatusServiceServicer_to_server, _Status())
    with mesh.serve(PeerRole.OCSP, [add]) as server:
        ports["guarded"] = server.port
        tls = [str(verifier.certificate), str(verifier.private_key), str(verifier.trust_bundle)]
        sys.stdout.write(json.dumps({"ports": ports, "tls": tls}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def rate(call: Callable[[], object], threads: int, seconds: float) -> float:
    """Calls a second of so many threads together."""
    counts = [0] * threads
    stop = time.perf_counter() + seconds

    def work(index: int) -> None:
        while time.perf_counter() < stop:
            call()
            counts[index] += 1

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    begun = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - begun)


def _calls(told: dict[str, Any]) -> dict[str, Callable[[], object]]:
    files = TlsFiles(*(Path(path) for path in told["tls"]))
    ports = told["ports"]
    octets = bytes(30)
    # Both TLS clients are the bare grpcio one: what is compared is the server. The typed
    # channel of this project is measured as a row of its own.
    credentials = channel_credentials(RotatingMaterial(files).current())
    plain: Empty = grpc.insecure_channel(f"localhost:{ports['plain']}").unary_unary(_EMPTY)
    tls: Empty = grpc.secure_channel(f"localhost:{ports['tls']}", credentials).unary_unary(_EMPTY)
    request = ocsp_pb2.CheckRequest(authority_id="signing-13", serial=b"\x5a" * 20)
    bare = ocsp_pb2_grpc.StatusServiceStub(
        grpc.secure_channel(f"localhost:{ports['guarded']}", credentials)
    )
    typed = ocsp_pb2_grpc.StatusServiceStub(
        open_channel(
            f"localhost:{ports['guarded']}",
            files,
            expect_role=PeerRole.OCSP,
            trust_domain=TRUST_DOMAIN,
        )
    )
    return {
        "empty, plaintext": lambda: plain(octets, timeout=5),
        "empty, mutual TLS": lambda: tls(octets, timeout=5),
        "guarded": lambda: bare.Check(request, timeout=5),
        "guarded, typed channel": lambda: typed.Check(request, timeout=5),
    }


def measure(rounds: int, seconds: float) -> list[dict[str, Any]]:
    """One row per number of client threads; rates in calls a second."""
    with tempfile.TemporaryDirectory() as directory:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.rpc_overhead", "--serve", directory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None
            calls = _calls(json.loads(server.stdout.readline()))
            for call in calls.values():
                rate(call, 2, 0.3)
            return [_row(calls, threads, rounds, seconds) for threads in _THREADS]
        finally:
            server.communicate()


def _row(
    calls: dict[str, Callable[[], object]], threads: int, rounds: int, seconds: float
) -> dict[str, Any]:
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seen[name].append(rate(call, threads, seconds))
    row: dict[str, Any] = {"threads": threads}
    for name, rates in seen.items():
        row[name] = round(statistics.median(rates))
    for peer in ("empty, plaintext", "empty, mutual TLS"):
        for ours in ("guarded", "guarded, typed channel"):
            ratios = [mine / theirs for mine, theirs in zip(seen[ours], seen[peer], strict=True)]
            row[f"{ours} / {peer}"] = round(statistics.median(ratios), 3)
    return row


def main() -> None:
    """Prints the rows as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    json.dump(measure(given.rounds, given.seconds), sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
