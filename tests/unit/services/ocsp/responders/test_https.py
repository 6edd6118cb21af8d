"""TLS for OCSP over HTTPS: whose certificates are trusted."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPSConnection
from typing import TYPE_CHECKING

import pytest

from openjpki.config.address import Address
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import HttpServer
from openjpki.services.ocsp.responders.plane import Plane
from tests.support.mesh import TRUST_DOMAIN, Mesh, SettableClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.rpc.identity.credentials import TlsFiles

BAD = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@contextmanager
def serving(files: TlsFiles) -> Iterator[HttpServer]:
    """With these credentials, and nothing to say."""
    server = HttpServer(
        plane=Plane(SettableClock(), timedelta(minutes=5)),
        control=Control(TRUST_DOMAIN, files),
        http_listen=Address("127.0.0.1:0"),
        https_listen=Address("127.0.0.1:0"),
        files=files,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def status_of(server: HttpServer, trusting: Mesh, shown: TlsFiles | None) -> int:
    """What a request is answered with, by who shows these credentials."""
    context = ssl.create_default_context(cadata=trusting.authority.trust_bundle.decode())
    if shown is not None:
        context.load_cert_chain(shown.certificate, shown.private_key)
    assert server.https_port is not None
    asking = HTTPSConnection("localhost", server.https_port, timeout=60, context=context)
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
