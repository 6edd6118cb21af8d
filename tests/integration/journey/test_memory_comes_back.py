"""What callers leave half open at the four services, as deployed, costs no memory later."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.bench.half_open import half_open, slow_tls
from openjpki_devkit.embedded.layout import TRUST_DOMAIN
from tests.support.contracts import SERVERS
from tests.support.forked import ForkedProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from openjpki.rpc.identity.credentials import TlsFiles
    from tests.support.installation import RunningInstallation

REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
CALLS, CONNECTIONS, ROUNDS = 500, 200, 5
MIB = 1 << 20
GROWTH = 48 * MIB
"""From the second attack to the last one: were what is let in kept each time, it would be twice as
much."""
AT_ONCE = 256 * MIB
"""More than before the first attack, while it lasts."""


def _memory(pid: int) -> int:
    """Octets of memory that a process has, and that belong to nobody else."""
    fields = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").split()
    return int(fields[fields.index("Private_Dirty:") + 1]) * 1024


def _descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _attack(target: str, name: str, thief: TlsFiles, told: Connection) -> None:
    """Until it is killed: then its connections end at once, whatever gRPC still held."""
    with half_open(target, name) as attack:
        attack.open(thief, REFLECTION, CALLS)
        attack.open(thief, "/grpc.health.v1.Health/Check", CALLS)
        # Its share is open, and the rest refused.
        wait_until(lambda: sum(attack.ended.values()) >= CALLS)
        told.send(tuple(code.value[0] for code in attack.ended))
        signal.pause()


@pytest.mark.parametrize("service", list(SERVERS), ids=str)
def test_calls_streams_and_tls_that_never_end(
    installation: RunningInstallation,
    service: PeerRole,
) -> None:
    ports = installation.installation.ports[service]
    pid = installation.processes.pid(service)
    thief = installation.peer(PeerRole.VERIFIER, "thief")
    before, descriptors, after = _memory(pid), _descriptors(pid), []
    target, name = f"127.0.0.1:{ports.rpc}", server_name(service, TRUST_DOMAIN)
    for _ in range(ROUNDS):
        with slow_tls(ports.rpc, CONNECTIONS):
            attack = ForkedProcess(_attack, target, name, thief)
            try:
                attack.told()
                assert _memory(pid) - before < AT_ONCE
            finally:
                attack.kill()
        # gRPC closes the last few with its next event.
        wait_until(lambda: _descriptors(pid) <= descriptors + CONNECTIONS // 4)
        after.append(_memory(pid))
    assert after[-1] - after[1] < GROWTH, [one // MIB for one in (before, *after)]
