"""Headers that unpack to far more than they are: who sends them is let in no more, and nobody else
notices, at any service."""

from __future__ import annotations

import gc
import itertools
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import connections, door_probe
from openjpki.rpc.server.connections import Connections
from openjpki.telemetry.metrics import REGISTRY
from tests.integration.rpc.test_half_open import CALLED, Answering, method_of
from tests.support.captured_logs import captured_logs
from tests.support.contracts import add_all
from tests.support.http2_frames import (
    ACK,
    END_HEADERS,
    HEADERS,
    PING,
    PREFACE,
    SETTINGS,
    call_to,
    connected,
    frame,
    literal,
)
from tests.support.scopes import put
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.rpc.identity.credentials import TlsFiles
    from tests.support.mesh import Mesh

MIB = 1 << 20
ROOM = 256 * MIB
"""More than one connection's worth of such calls takes; without an end to it, it is a GiB."""
CONNECTIONS = 5
"""Some may have been made already when the first one is ended."""
PATH = "/openjpki.api.ca.v1.AuthorityService/ListAuthorities"
BOMBS = {
    "references to what every peer knows": b"\x90" * 15_500,
    "the smallest fields there are": b"\x00\x01x\x00" * 3_900,
    "references to a large field sent once": b"\xbe" * 12_000,
}


@pytest.fixture(autouse=True)
def no_call_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_probe, "EVERY", 3600.0)
    # However slow the machine is, who was shunned is so to the end of the test.
    monkeypatch.setattr(connections, "SHUN", 600.0)


def ended() -> float:
    return REGISTRY.get_sample_value("openjpki_rpc_oversized_headers_total") or 0.0


def memory() -> int:
    """Octets of this process that are in memory, attackers' among them: there are few."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def calls(path: str, bomb: bytes) -> Iterator[bytes]:
    """Without end."""
    yield PREFACE + frame(
        HEADERS, END_HEADERS, 1, call_to(path) + literal(b"x-b", b"c" * 4000, remembered=True)
    )
    for stream in itertools.count(3, 2):
        yield frame(HEADERS, END_HEADERS, stream, call_to(path) + bomb)


def attack(port: int, peer: TlsFiles | None, path: str) -> int:
    """On one connection after the other for as long as there is one, and how many there were.
    What the server said it takes is never acknowledged, so that it is not held to it."""
    for count, bomb in zip(range(CONNECTIONS), itertools.cycle(BOMBS.values()), strict=False):
        try:
            stranger = connected(port, peer)
        except TimeoutError:
            return count
        except OSError:
            continue  # Ended while it was made.
        with stranger:
            try:
                for octets in calls(path, bomb):
                    stranger.sendall(octets)
            except OSError:
                continue
    raise AssertionError(f"let in {CONNECTIONS} times")


@pytest.mark.parametrize("service", list(CALLED), ids=str)
def test_who_sends_them_is_shunned_and_others_are_answered(
    mesh: Mesh, service: PeerRole, record_property: Callable[[str, object], None]
) -> None:
    method, role, scope = method_of(service)
    request = method.request()
    for fields in method.scope_fields.values():
        for field in fields - {""}:
            put(request, field, scope)
    good, bad = (
        (name, "") if role is PeerRole.VERIFIER else (scope, name) for name in ("good", "bad")
    )
    before, let_in, took = ended(), list[int](), list[float]()
    with (
        captured_logs() as log,
        mesh.serve(service, add_all(service, Answering())) as server,
        mesh.channel(server, service, role, *good, retries=False) as channel,
    ):
        call = channel.unary_unary(
            method.path,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=lambda octets: octets,
        )
        call(request, timeout=60)
        had = memory()
        attacking = threading.Thread(
            target=lambda: let_in.append(attack(server.port, mesh.files(role, *bad), method.path))
        )
        attacking.start()
        while attacking.is_alive() or len(took) < 100:
            began = time.perf_counter()
            call(request, timeout=60)
            took.append(time.perf_counter() - began)
        grown = memory() - had
        assert let_in
        assert ended() > before
        # By address, so whoever else has a certificate there is out as well.
        with pytest.raises(TimeoutError):
            connected(server.port, mesh.files(role, *good))
    assert '"event": "headers beyond the limit"' in log.getvalue()
    assert f"/{role.value}/" in log.getvalue()
    assert grown < ROOM
    record_property("connections", let_in[0])
    record_property("p99_ms", sorted(took)[len(took) * 99 // 100] * 1000)
    record_property("longest_ms", max(took) * 1000)
    record_property("grown_mib", grown / MIB)


def test_who_was_shunned_is_let_in_again(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "SHUN", 4.0)
    verifier = mesh.files(PeerRole.VERIFIER, "tax-office")

    def is_let_in() -> bool:
        try:
            connected(server.port, verifier).close()
        except OSError:
            return False
        return True

    with mesh.serve(PeerRole.CA, add_all(PeerRole.CA, Answering())) as server:
        attack(server.port, verifier, PATH)
        wait_until(is_let_in)


def test_from_its_own_address_only_the_connection_is_ended(mesh: Mesh) -> None:
    """A service that shuns itself would take itself for dead."""
    verifier = mesh.files(PeerRole.VERIFIER, "tax-office")
    with mesh.serve(PeerRole.CA, add_all(PeerRole.CA, Answering())) as server:
        with connected(server.port, verifier, source="127.0.0.1") as one:
            before = ended()
            sent = calls(PATH, BOMBS["the smallest fields there are"])
            one.sendall(next(sent) + next(sent))
            wait_until(lambda: ended() > before)
            with pytest.raises(OSError):  # noqa: PT011, PT012 - a reset, told in several ways
                for octets in sent:
                    one.sendall(octets)
        connected(server.port, verifier, source="127.0.0.1").close()


def test_the_port_for_probes_has_the_same_end_to_it(mesh: Mesh) -> None:
    """Nobody needs a certificate there."""
    with mesh.serve(PeerRole.CA, add_all(PeerRole.CA, Answering())) as server:
        had = memory()
        attack(server.health_port, None, "/grpc.health.v1.Health/Check")
        assert memory() - had < ROOM
        with grpc.insecure_channel(f"127.0.0.1:{server.health_port}") as channel:
            asked = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
            assert asked.status == health_pb2.HealthCheckResponse.SERVING
        connected(server.port).close()


def test_a_client_that_acknowledges_is_held_to_the_limit_by_grpc(mesh: Mesh) -> None:
    """It is told so call by call, and stays."""
    before = ended()
    with (
        mesh.serve(PeerRole.CA, add_all(PeerRole.CA, Answering())) as server,
        connected(server.port, mesh.files(PeerRole.VERIFIER, "tax-office")) as stranger,
    ):
        stranger.sendall(PREFACE)
        # The server's settings are the first that it sends.
        assert stranger.recv(9)[3] == SETTINGS
        stranger.sendall(frame(SETTINGS, ACK, 0))
        bomb = BOMBS["references to what every peer knows"]
        for stream in range(1, 101, 2):
            stranger.sendall(frame(HEADERS, END_HEADERS, stream, call_to(PATH) + bomb))
        stranger.sendall(frame(PING, 0, 0, b"read all"))
        answered = b""
        while frame(PING, ACK, 0, b"read all") not in answered:
            answered += stranger.recv(65536)
    assert ended() == before


def test_peers_are_read_as_grpc_names_them() -> None:
    """What is no address of the network is left alone."""
    some = Connections("localhost:0")
    for peer in (
        "unix:",
        "unix:/run/some",
        "vsock:3:4",
        "",
        "ipv4:",
        "ipv4:x:y",
        "ipv6:%5B::1%5D:",
    ):
        some.refuse(peer)
    assert not some.shunned
    some.refuse("ipv4:192.0.2.1:5")
    some.refuse("ipv6:%5B2001:db8::1%5D:5")
    some.refuse("ipv6:%5B::ffff:192.0.2.1%5D:7")
    some.refuse("ipv6:%5Bfe80::1%25eth0%5D:7")
    some.refuse("ipv4:127.0.0.1:7")
    some.refuse("ipv6:%5B::1%5D:7")
    assert [str(ip) for ip in some.shunned] == ["2001:db8::1", "192.0.2.1", "fe80::1"]
