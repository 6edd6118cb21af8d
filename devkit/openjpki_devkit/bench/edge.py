"""edge_under_attack: how long a good client waits while others take what they can."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from openjpki.config.clock import SystemClock
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench.half_open import half_open, slow_tls
from openjpki_devkit.bench.result import Result, Row, compared
from openjpki_devkit.bench.status import Replica, asking, replica
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from openjpki_devkit.mesh.authority import MeshAuthority

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.identity.credentials import TlsFiles

HALF_OPEN, PEERS, OF_EACH_PEER, SLOW_TLS = 500, 20, 25, 500
CALLS = 500
_CHECK = "/openjpki.api.ocsp.v1.StatusService/Check"
_REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def _measure() -> list[Result]:
    with replica() as running:
        check = asking(running.status.Check, running.serials)
        thieves = _thieves(running)

        def under_attack() -> float:
            with _attacked(running, thieves):
                return _slowest_of_a_hundred(check)

        return [
            compared(
                id="edge_under_attack",
                what=f"p99 of {CALLS} calls of Check, one client, while {HALF_OPEN} calls and as"
                f" many streams of one peer, {OF_EACH_PEER} of each of {PEERS} others and"
                f" {SLOW_TLS} connections are half open",
                unit="ms",
                peer="p99 of the same calls of the same run, undisturbed",
                ours=under_attack,
                theirs=lambda: _slowest_of_a_hundred(check),
                less_is_better=True,
            )
        ]


def _thieves(running: Replica) -> list[TlsFiles]:
    layout = running.installation.layout
    mesh = MeshAuthority.load(layout.mesh, clock=SystemClock())
    return [
        mesh.issue(PeerRole.VERIFIER, f"thief-{number}").write(layout.mesh / f"thief-{number}")
        for number in range(PEERS + 1)
    ]


@contextmanager
def _attacked(running: Replica, thieves: list[TlsFiles]) -> Iterator[None]:
    port = running.installation.ports[PeerRole.OCSP].rpc
    with ExitStack() as stack:
        stack.enter_context(slow_tls(port, SLOW_TLS))
        attack = stack.enter_context(
            half_open(f"127.0.0.1:{port}", server_name(PeerRole.OCSP, TRUST_DOMAIN))
        )
        attack.open(thieves[0], _CHECK, HALF_OPEN)
        attack.open(thieves[0], _REFLECTION, HALF_OPEN)
        for thief in thieves[1:]:
            attack.open(thief, _CHECK, OF_EACH_PEER)
        yield


def _slowest_of_a_hundred(call: Callable[[], int]) -> float:
    """Milliseconds."""
    took = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return sorted(took)[CALLS * 99 // 100] * 1000


ROW = Row("edge_under_attack", "a good client while others attack", _measure)
