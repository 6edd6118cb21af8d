"""Connections to OCSP over HTTP and HTTPS: renewed credentials, peers that never ask."""

from __future__ import annotations

import json
import socket
import ssl
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection
from time import monotonic
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from cryptography import x509

from openjpki.config.address import Address
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders.http_server import HttpLimits, HttpServer
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_service import TOYAMA
from tests.support.captured_logs import captured_logs
from tests.support.http2_frames import PREFACE
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_http2 import answer, post
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ocsp_service import Pair


def test_new_connections_get_renewed_credentials(pair: Pair, tmp_path: Path) -> None:
    mesh, replica = pair.ca.mesh, pair.ocsp
    files = mesh.issue(PeerRole.VERIFIER, "tax-office").write(tmp_path)

    def shown() -> int:
        context = ssl.create_default_context(cadata=mesh.trust_bundle.decode())
        context.load_cert_chain(files.certificate, files.private_key)
        port = replica.service.http.https_port
        with (
            socket.create_connection(("127.0.0.1", port), 60) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            der = connection.getpeercert(binary_form=True)
        assert der
        return x509.load_der_x509_certificate(der).serial_number

    first = shown()
    assert shown() == first
    renewed = mesh.issue(
        PeerRole.OCSP, NATIONWIDE, dns_names=["localhost"], ip_addresses=["127.0.0.1"]
    )
    renewed.write(replica.settings.tls.certificate.parent)
    of_new = x509.load_pem_x509_certificate(renewed.certificate).serial_number
    assert of_new != first
    # They are looked at once a second.
    wait_until(lambda: shown() == of_new)


def test_http_2_is_spoken_over_tls_by_who_can(pair: Pair, tmp_path: Path) -> None:
    files = pair.ca.mesh.issue(PeerRole.VERIFIER, "stranger").write(tmp_path)
    context = ssl.create_default_context(cadata=pair.ca.mesh.trust_bundle.decode())
    context.load_cert_chain(files.certificate, files.private_key)
    for offered in (["h2", "http/1.1"], ["http/1.1"], []):
        context.set_alpn_protocols(offered)
        with (
            socket.create_connection(("127.0.0.1", pair.ocsp.service.http.https_port), 60) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as asking,
        ):
            assert asking.selected_alpn_protocol() == next(iter(offered), None)
            if "h2" in offered:
                asking.sendall(PREFACE + post(b"0", 1))
                told = answer(asking, 1)
            else:
                asking.sendall(HEAD + b"Connection: close\r\nContent-Length: 1\r\n\r\n0")
                told = rest_of(asking)
            assert told.endswith(b"0\x03\x0a\x01\x01")


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\n"


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    got = b""
    while part := connection.recv(65536):
        got += part
    return got


@pytest.mark.parametrize("expects", [b"100-continue", b"100-Continue"])
def test_a_client_that_waits_to_be_asked_for_the_body_is(pair: Pair, expects: bytes) -> None:
    """RFC 9110 10.1.1: at once, or clients such as curl wait for a second or for ever."""
    with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 60) as asking:
        head = HEAD + b"Connection: close\r\nContent-Length: 2\r\nExpect: " + expects
        asking.sendall(head + b"\r\n\r\n")
        assert asking.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        asking.sendall(b"0\x00")
        assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        (b"Content-Length: 2\r\nExpect: 200-ok", b"417"),
        (b"Content-Length: 99999\r\nExpect: 100-continue", b"413"),
    ],
)
def test_what_will_be_refused_is_not_asked_for(pair: Pair, changes: bytes, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 60) as asking:
        asking.sendall(HEAD + changes + b"\r\n\r\n")
        assert rest_of(asking).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_absolute_form_is_answered_as_origin_form(pair: Pair, method: bytes) -> None:
    """RFC 9112 3.2.2."""
    port = pair.ocsp.service.http.port

    def ask(target: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 60) as asking:
            head = HEAD.replace(b"POST /", method + b" " + target) + b"Connection: close\r\n"
            body = b"Content-Length: 2\r\n\r\n0\x00" if method == b"POST" else b"\r\n"
            asking.sendall(head + body)
            status, _, rest = rest_of(asking).partition(b"\r\n")
            return status + rest.partition(b"\r\n\r\n")[2]

    path = b"/MAA=" if method == b"GET" else b"/"
    assert ask(path) == ask(b"http://127.0.0.1:%d" % port + path) != b""


def test_a_client_that_has_ended_its_side_is_answered(pair: Pair) -> None:
    """Several times: before, while and after its request is looked at."""
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 60) as asking:
            asking.sendall(HEAD + b"Content-Length: 2\r\n\r\n0\x00")
            asking.shutdown(socket.SHUT_WR)
            # And then the connection ends, though nothing said that it would.
            assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


@contextmanager
def listening(pair: Pair, address: str = "127.0.0.1:0", **limits: Any) -> Iterator[HttpServer]:
    """Another listener of the same replica."""
    http = pair.ocsp.service.http
    server = HttpServer(
        plane=http.plane,
        control=http.control,
        http_listen=Address(address),
        https_listen=Address(address),
        files=http.files,
        limits=HttpLimits(**limits),
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_tls_that_is_not_completed_ends(pair: Pair) -> None:
    with listening(pair, first_request=0.3) as server:
        assert server.https_port is not None
        with socket.create_connection(("127.0.0.1", server.https_port), 60) as slow:
            slow.sendall(bytes.fromhex("1603010200"))
            assert slow.recv(1) == b""


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_every_address_of_ipv6_is_every_address(pair: Pair) -> None:
    with listening(pair, "[::]:0") as server:
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, server.port), 60) as asking:
                asking.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n0\x00")
                assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


def test_who_is_silent_longest_makes_room(pair: Pair) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(listening(pair, silent=3))
        where = ("127.0.0.1", server.port)
        silent = [stack.enter_context(socket.create_connection(where, 60)) for _ in range(3)]
        with socket.create_connection(where, 60) as asking:
            asking.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n0\x00")
            assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")
        assert silent[0].recv(1) == b""


def counted(metric: str, **labels: str) -> float:
    """So far."""
    return REGISTRY.get_sample_value(f"openjpki_ocsp_{metric}_total", labels) or 0.0


def test_what_is_refused_and_whoever_makes_room_is_counted(pair: Pair) -> None:
    before = counted("connections_ended", why="made_room"), counted("http_refused", status="405")
    with ExitStack() as stack:
        server = stack.enter_context(listening(pair, silent_of_one=1))
        where = ("127.0.0.1", server.port)
        silent = [stack.enter_context(socket.create_connection(where, 60)) for _ in range(3)]
        assert [one.recv(1) for one in silent[:2]] == [b"", b""]
        silent[2].sendall(b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert rest_of(silent[2]).startswith(b"HTTP/1.1 405 ")
    after = counted("connections_ended", why="made_room"), counted("http_refused", status="405")
    assert after == (before[0] + 2, before[1] + 1)


def test_a_connection_that_never_asks_is_ended(pair: Pair) -> None:
    with ExitStack() as stack:
        server = stack.enter_context(listening(pair, first_request=0.3))
        where = ("127.0.0.1", server.port)
        silent = stack.enter_context(socket.create_connection(where, 60))
        silent.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        assert silent.recv(1) == b""
        # One that asked stays.
        asking = stack.enter_context(socket.create_connection(where, 60))
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\n"
        for _ in range(2):
            asking.sendall(head + b"Content-Length: 1\r\n\r\n0")
            assert asking.recv(4096).startswith(b"HTTP/1.1 200")
            asking.settimeout(0.5)
            try:
                assert asking.recv(1) != b""
            except TimeoutError:
                asking.settimeout(60)


def test_no_connection_lasts_for_ever(pair: Pair) -> None:
    """As with gRPC: whoever comes again is looked at anew. What is in progress is answered."""
    with (
        listening(pair, age=2.0, read=60, sign=60) as server,
        socket.create_connection(("127.0.0.1", server.port), 60) as asking,
        socket.create_connection(("127.0.0.1", server.port), 60) as kept,
    ):
        asking.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert asking.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        kept.sendall(HEAD + b"Content-Length: 1\r\n\r\n0")
        assert rest_of(kept).startswith(b"HTTP/1.1 200 OK\r\n")
        asking.sendall(b"0\x00")
        assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What this process logs, as a service does."""
    with captured_logs() as stream:
        yield stream


def refused(pair: Pair, body: bytes, **headers: str) -> str:
    """The id that a POST is refused under."""
    head = {"Content-Type": "application/ocsp-request", **headers}
    with closing(HTTPConnection("127.0.0.1", pair.ocsp.service.http.port, timeout=60)) as asking:
        asking.request("POST", "/", body, head)
        answer = asking.getresponse()
        answer.read()
        return answer.headers["X-Request-Id"]


def test_a_refusal_is_found_in_the_log_by_the_id_it_was_told_under(
    pair: Pair, logs: io.StringIO
) -> None:
    own = "6a1f2f6e-8f0c-4a4e-9d0e-1f2a3b4c5d6e"
    stranger = request_for(b"\x01", pair.ocsp.issuer_certificate(TOYAMA))
    ids = [
        refused(pair, b"0", **{"X-Request-Id": own}),
        refused(pair, b"0", **{"X-Request-Id": "serial 1234"}),
        refused(pair, b"0", **{"Content-Type": "text/plain"}),
        refused(pair, stranger),
    ]
    assert ids[0] == own
    assert len({str(UUID(one)) for one in ids}) == len(ids)
    told = [json.loads(line) for line in logs.getvalue().splitlines()]
    found = [one for one in told if one["event"] == "request refused"]
    assert [one["request_id"] for one in found] == ids
    assert [one["status"] for one in found] == [
        "malformedRequest", "malformedRequest", 415, "unauthorized",
    ]  # fmt: skip
    assert found[0]["reason"] == "MALFORMED_DER"
    assert "1234" not in logs.getvalue()


NO_HTTP = {
    "not a number": HEAD + b"Content-Length: -2\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
    "chunks that are none": HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
    "line too long": b"GET /" + b"1234" * 4096 + b" HTTP/1.1\r\n\r\n",
    "no host": b"GET /1234 HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /1234 HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "no version": b"GET /1234 HTTP/9.9\r\n\r\n",
    "not quite HTTP/2": b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(200),
}


@pytest.mark.parametrize("said", NO_HTTP.values(), ids=NO_HTTP)
def test_what_is_no_http_is_refused_like_anything_else(
    pair: Pair, logs: io.StringIO, said: bytes
) -> None:
    """Without a traceback for each, and without the octets, which may be a serial number."""
    with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 60) as asking:
        asking.sendall(said)
        answer = rest_of(asking)
    head, _, body = answer.partition(b"\r\n\r\n")
    # RFC 6585 5: of all that is wrong, it is the length that is told of.
    status = 431 if len(said) > 16 * 1024 else 400
    assert head.split()[1] == b"%d" % status
    assert b"\r\ndate: " in head.lower()
    assert body == b""
    # The services have their own to say meanwhile.
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    (told,) = [one for one in lines if one["event"] == "request refused"]
    assert (told["status"], told["level"]) == (status, "info")
    assert not [one for one in lines if one["level"] in {"warning", "error"}]
    assert f"x-request-id: {told['request_id']}".encode() in head.lower()
    assert "1234" not in logs.getvalue()


def test_strangers_fill_no_log(pair: Pair, logs: io.StringIO) -> None:
    """The metric counts each of them; all are told an id."""
    began = monotonic()
    assert len({refused(pair, b"0") for _ in range(200)}) == 200
    seconds = monotonic() - began
    assert logs.getvalue().count("request refused") <= 20 * (seconds + 2)
