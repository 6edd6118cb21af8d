"""Connections to OCSP over HTTP and HTTPS: renewed credentials, peers that never ask."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders import http_server

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

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
