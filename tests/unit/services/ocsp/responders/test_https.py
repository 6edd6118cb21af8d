"""TLS for OCSP over HTTPS: whose certificates are trusted."""

from __future__ import annotations

import os
import socket
import ssl
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPSConnection
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from openjpki.config.address import Address
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import HttpServer
from openjpki.services.ocsp.responders.plane import Plane
from openjpki_devkit.mesh.authority import MeshAuthority
from tests.support.mesh import TRUST_DOMAIN, Mesh, SettableClock
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles

BAD = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@contextmanager
def serving(files: TlsFiles, clock: SettableClock | None = None) -> Iterator[HttpServer]:
    """With these credentials, and nothing to say."""
    clock = clock or SettableClock()
    server = HttpServer(
        plane=Plane(clock, timedelta(minutes=5)),
        control=Control(TRUST_DOMAIN, files, clock),
        http_listen=Address("127.0.0.1:0"),
        https_listen=Address("127.0.0.1:0"),
        files=files,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def context_of(trusting: Mesh, shown: TlsFiles | None) -> ssl.SSLContext:
    """Of a client that trusts an authority and shows these credentials."""
    context = ssl.create_default_context(cadata=trusting.authority.trust_bundle.decode())
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.private_key)
    return context


def status_of(server: HttpServer, trusting: Mesh, shown: TlsFiles | None) -> int:
    """What a request is answered with, by who shows these credentials."""
    assert server.https_port is not None
    asking = HTTPSConnection(
        "localhost", server.https_port, timeout=60, context=context_of(trusting, shown)
    )
    try:
        asking.request("GET", "/")
        return asking.getresponse().status
    finally:
        asking.close()


@pytest.mark.parametrize("bad_first", [True, False])
def test_an_authority_that_cannot_be_read_ends_no_other_s_being_trusted(
    tmp_path: Path, *, bad_first: bool
) -> None:
    mesh, other, stranger = (Mesh(tmp_path / name) for name in ("mesh", "other", "stranger"))
    files = mesh.files(PeerRole.OCSP)
    good = mesh.authority.trust_bundle + other.authority.trust_bundle
    files.trust_bundle.write_bytes(BAD + good if bad_first else good + BAD)
    with serving(files) as server:
        for trusted in (mesh, other):
            assert status_of(server, mesh, trusted.files(PeerRole.VERIFIER, "tax-office")) == 200
        for shown in (stranger.files(PeerRole.VERIFIER, "tax-office"), None):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                status_of(server, mesh, shown)


def is_served(server: HttpServer, mesh: Mesh, shown: TlsFiles) -> bool:
    """Whether a new connection of theirs is."""
    try:
        return status_of(server, mesh, shown) == 200
    except (ssl.SSLError, ConnectionError):
        return False


def test_an_authority_that_has_ended_lets_nobody_in(tmp_path: Path) -> None:
    """The TLS library looks at what it certified alone: that may go on longer."""
    mesh, other = Mesh(tmp_path / "mesh"), Mesh(tmp_path / "other")
    other.authority = MeshAuthority.create(
        clock=other.clock, trust_domain=TRUST_DOMAIN, validity=timedelta(hours=1)
    )
    files, clock = mesh.files(PeerRole.OCSP), SettableClock()
    files.trust_bundle.write_bytes(mesh.authority.trust_bundle + other.authority.trust_bundle)
    ours, theirs = (each.files(PeerRole.VERIFIER, "tax-office") for each in (mesh, other))
    with serving(files, clock) as server:
        assert [is_served(server, mesh, one) for one in (ours, theirs)] == [True, True]
        clock.offset = timedelta(hours=2)
        assert [is_served(server, mesh, one) for one in (ours, theirs)] == [True, False]


def test_an_authority_that_is_taken_out_ends_the_connections_it_let_in(tmp_path: Path) -> None:
    mesh, other = Mesh(tmp_path / "mesh"), Mesh(tmp_path / "other")
    files = mesh.files(PeerRole.OCSP)
    files.trust_bundle.write_bytes(mesh.authority.trust_bundle + other.authority.trust_bundle)
    with serving(files) as server:
        context = context_of(mesh, other.files(PeerRole.VERIFIER, "tax-office"))
        where = ("127.0.0.1", server.https_port)
        with (
            socket.create_connection(where, 60) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as kept,
        ):
            kept.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert kept.recv(9) == b"HTTP/1.1 "
            files.trust_bundle.write_bytes(mesh.authority.trust_bundle)
            # Nobody need connect for that: the files are looked at every second.
            while kept.recv(4096):
                pass


def test_files_that_did_not_fit_are_looked_at_again(tmp_path: Path) -> None:
    """Renewed, with a key that others may read, and then closed to them: that changes no octet."""
    mesh = Mesh(tmp_path / "mesh")
    files, shown = mesh.files(PeerRole.OCSP), mesh.files(PeerRole.VERIFIER, "tax-office")
    names: dict[str, Any] = {"dns_names": ["localhost"], "ip_addresses": ["127.0.0.1"]}
    renewed = mesh.authority.issue(PeerRole.OCSP, NATIONWIDE, "", **names)
    serial = x509.load_pem_x509_certificate(renewed.certificate).serial_number
    with serving(files) as server:
        assert serial_of(server, mesh, shown) != serial
        files.certificate.write_bytes(renewed.certificate)
        files.private_key.write_bytes(renewed.private_key)
        files.private_key.chmod(0o644)
        assert serial_of(server, mesh, shown) != serial
        files.private_key.chmod(0o600)
        wait_until(lambda: serial_of(server, mesh, shown) == serial)


def test_files_are_not_looked_at_for_each_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is a wait for the disk, on a thread that others wait for."""
    mesh = Mesh(tmp_path)
    files, shown = mesh.files(PeerRole.OCSP), mesh.files(PeerRole.VERIFIER, "tax-office")
    looked: list[float] = []
    credentials = Control.credentials

    def counted(control: Control) -> tuple[bytes, bytes, list[bytes], int | None, bool]:
        looked.append(monotonic())
        return credentials(control)

    monkeypatch.setattr(Control, "credentials", counted)
    began = monotonic()
    with serving(files) as server:
        for _ in range(50):
            # As if it were another each time.
            os.utime(files.certificate)
            assert status_of(server, mesh, shown) == 200
        # Once at the beginning, and once a second.
        assert len(looked) <= 2 + (monotonic() - began)


def serial_of(server: HttpServer, mesh: Mesh, shown: TlsFiles) -> int:
    """Of the certificate that the server shows a new connection."""
    where = ("127.0.0.1", server.https_port)
    with (
        socket.create_connection(where, 60) as plain,
        context_of(mesh, shown).wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        der = connection.getpeercert(binary_form=True)
    assert der
    return x509.load_der_x509_certificate(der).serial_number
