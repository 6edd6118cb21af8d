"""Connections to OCSP over HTTP and HTTPS: renewed credentials, peers that never ask."""

from __future__ import annotations

import socket
import ssl
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from openjpki.config.address import Address
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.common.running import tls_files
from openjpki.services.ocsp.responders import http_server
from openjpki.services.ocsp.responders.https_contexts import HttpsContexts

if TYPE_CHECKING:
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
            socket.create_connection(("127.0.0.1", port), 10) as plain,
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
    assert shown() == x509.load_pem_x509_certificate(renewed.certificate).serial_number != first


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
    with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 20) as asking:
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
    with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 20) as asking:
        asking.sendall(HEAD + changes + b"\r\n\r\n")
        assert rest_of(asking).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_absolute_form_is_answered_as_origin_form(pair: Pair, method: bytes) -> None:
    """RFC 9112 3.2.2."""
    port = pair.ocsp.service.http.port

    def ask(target: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), 20) as asking:
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
        with socket.create_connection(("127.0.0.1", pair.ocsp.service.http.port), 20) as asking:
            asking.sendall(HEAD + b"Content-Length: 2\r\n\r\n0\x00")
            asking.shutdown(socket.SHUT_WR)
            # And then the connection ends, though nothing said that it would.
            assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


@contextmanager
def listening(pair: Pair, address: str) -> Iterator[http_server.HttpServer]:
    """Another listener of the same replica."""
    service, tls = pair.ocsp.service, pair.ocsp.settings.tls
    server = http_server.HttpServer(
        answering=service.http.answering,
        clock=service.http.clock,
        trust_domain=tls.trust_domain,
        deny_list=service.http.deny_list,
        http_listen=Address(address),
        https_listen=Address(address),
        contexts=HttpsContexts(tls_files(tls)),
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def test_tls_that_is_not_completed_ends(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "FIRST_REQUEST", 0.3)
    with listening(pair, "127.0.0.1:0") as server:
        assert server.https_port is not None
        with socket.create_connection(("127.0.0.1", server.https_port), 30) as slow:
            slow.sendall(bytes.fromhex("1603010200"))
            assert slow.recv(1) == b""


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_every_address_of_ipv6_is_every_address(pair: Pair) -> None:
    with listening(pair, "[::]:0") as server:
        for host in ("127.0.0.1", "::1"):
            with socket.create_connection((host, server.port), 20) as asking:
                asking.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n0\x00")
                assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")


def test_who_is_silent_longest_makes_room(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "MAX_SILENT", 3)
    where = ("127.0.0.1", pair.ocsp.service.http.port)
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(where, 20)) for _ in range(3)]
        with socket.create_connection(where, 20) as asking:
            asking.sendall(HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n0\x00")
            assert rest_of(asking).startswith(b"HTTP/1.1 200 OK\r\n")
        assert silent[0].recv(1) == b""


def test_a_connection_that_never_asks_is_ended(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "FIRST_REQUEST", 0.3)
    where = ("127.0.0.1", pair.ocsp.service.http.port)
    with socket.create_connection(where, 10) as silent:
        silent.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n")
        assert silent.recv(1) == b""
    # One that asked stays.
    with socket.create_connection(where, 10) as asking:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/ocsp-request\r\n"
        for _ in range(2):
            asking.sendall(head + b"Content-Length: 1\r\n\r\n0")
            assert asking.recv(4096).startswith(b"HTTP/1.1 200")
            asking.settimeout(0.5)
            try:
                assert asking.recv(1) != b""
            except TimeoutError:
                asking.settimeout(10)
