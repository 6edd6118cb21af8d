"""Calls that the front of ocsp hands on, and that end behind it without an answer."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from openjpki.errors import Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.status import typed_error
from openjpki.services.ocsp.responders.plane import Plane
from openjpki.telemetry.metrics import REGISTRY
from tests.support.captured_logs import captured_logs
from tests.support.http2_frames import ACK, HEADERS, PREFACE, RST_STREAM, SETTINGS, frame
from tests.support.mesh import TRUST_DOMAIN, Mesh
from tests.support.status_front import VERIFIER, front_of
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROTOCOL_ERROR, REFUSED_STREAM, CANCEL, ENHANCE_YOUR_CALM = 1, 7, 8, 11
GONE = None
DETAILS = "grpc-status-details-bin"
PUSHBACK = "grpc-retry-pushback-ms"


def _served(listener: socket.socket, error: int | None) -> None:
    """Every call is broken off by this error of HTTP/2, or its connection ends."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as octets:
            octets.read(len(PREFACE) - 9)
            connection.sendall(frame(SETTINGS, 0, 0))
            while len(head := octets.read(9)) == 9:
                octets.read(int.from_bytes(head[:3], "big"))
                if head[3] == SETTINGS and not head[4] & ACK:
                    connection.sendall(frame(SETTINGS, ACK, 0))
                if head[3] == HEADERS and error is None:
                    break
                if head[3] == HEADERS and error is not None:
                    stream = int.from_bytes(head[5:], "big")
                    connection.sendall(frame(RST_STREAM, 0, stream, error.to_bytes(4, "big")))


@contextmanager
def _behind(socket_path: Path, error: int | None) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_path))
        listener.listen()
        serving = threading.Thread(target=_served, args=(listener, error))
        serving.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    # The front has closed its connections by then.
    serving.join(30)
    assert not serving.is_alive()


def _lost(code: grpc.StatusCode) -> float:
    labels = {"service": "behind", "method": "any", "code": code.name}
    return REGISTRY.get_sample_value("openjpki_rpc_handled_total", labels) or 0.0


def _trailers(ended: grpc.RpcError) -> dict[str, str | bytes]:
    return {one.key: one.value for one in ended.trailing_metadata() or ()}


def _refused(mesh: Mesh, behind: Path) -> tuple[grpc.RpcError, list[dict[str, object]]]:
    """How a call of health ends, and the lines that tell of it."""
    front = front_of(mesh, Plane(mesh.clock, timedelta(minutes=5)))
    files = mesh.files(PeerRole.VERIFIER, VERIFIER)
    with captured_logs() as logs:
        port = front.start(behind, bytes(32))
        try:
            with grpc.secure_channel(
                f"127.0.0.1:{port}",
                channel_credentials(RotatingMaterial(files).current()),
                options=[
                    ("grpc.ssl_target_name_override", server_name(PeerRole.OCSP, TRUST_DOMAIN)),
                    ("grpc.enable_retries", 0),
                ],
            ) as channel:
                stub = health_pb2_grpc.HealthStub(channel)
                with pytest.raises(grpc.RpcError) as ended:
                    stub.Check(health_pb2.HealthCheckRequest(), timeout=60)
            wait_until(lambda: "call not handed on" in logs.getvalue())
        finally:
            front.stop()
        told = [json.loads(line) for line in logs.getvalue().splitlines()]
    return ended.value, [line for line in told if line["event"] == "call not handed on"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CANCEL, grpc.StatusCode.CANCELLED),
        (ENHANCE_YOUR_CALM, grpc.StatusCode.RESOURCE_EXHAUSTED),
        (PROTOCOL_ERROR, grpc.StatusCode.INTERNAL),
        (GONE, grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_what_may_have_been_carried_out_is_no_refusal(
    mesh: Mesh, tmp_path: Path, error: int | None, code: grpc.StatusCode
) -> None:
    before = _lost(code)
    with _behind(tmp_path / "calls", error):
        ended, lines = _refused(mesh, tmp_path / "calls")
    assert ended.code() is code
    assert DETAILS not in _trailers(ended)
    assert _trailers(ended)[PUSHBACK] == "-1"
    assert _lost(code) == before + 1
    (line,) = lines
    assert (line["code"], line["level"]) == (code.name, "warning")
    assert str(line["peer"]).endswith(f"/verifier/{VERIFIER}")


@pytest.mark.parametrize("error", [REFUSED_STREAM, GONE], ids=["refused", "nobody there"])
def test_what_never_got_there_may_be_tried_again(
    mesh: Mesh, tmp_path: Path, error: int | None
) -> None:
    before = _lost(grpc.StatusCode.UNAVAILABLE)
    if error is None:
        ended, lines = _refused(mesh, tmp_path / "calls")
    else:
        with _behind(tmp_path / "calls", error):
            ended, lines = _refused(mesh, tmp_path / "calls")
    assert DETAILS in _trailers(ended)
    assert int(_trailers(ended)[PUSHBACK]) > 0
    assert typed_error(ended).reason is Reason.SERVICE_UNAVAILABLE
    assert _lost(grpc.StatusCode.UNAVAILABLE) == before + 1
    assert [line["code"] for line in lines] == ["UNAVAILABLE"]
