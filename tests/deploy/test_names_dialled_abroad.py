"""Clients of other languages dial the names of the rendered manifests, and check what they dialled.

They are the quickstarts as they stand, told nothing of a trust domain. Servers have certificates as
cert-manager makes them of the manifests; names lead to loopback by each language's own means.
"""

from __future__ import annotations

import os
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.config.address import Address
from openjpki.rpc.server.server import build_server
from openjpki.services.ocsp.responders.control import Control
from openjpki.services.ocsp.responders.http_server import HttpServer
from tests.deploy.certificates import as_cert_manager, dialled, mesh_of_the_manifests
from tests.deploy.manifests import DEPLOY, SERVICES, of_kind
from tests.deploy.status import Status
from tests.support.ca_service import TOYAMA
from tests.support.client_toolchain import ALL, GO, JAVA, TYPESCRIPT, Client, at_hand, built, told
from tests.support.loopback_names import loopback_names
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import running_pair, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.server import RpcServer
    from tests.support.mesh import Mesh

pytestmark = pytest.mark.timeout(900)

PEOPLE = DEPLOY / "k8s" / "samples" / "people"
OVER_HTTPS = Path(__file__).parent / "over_https"
LIBRARIES = [
    pytest.param(GO, ["go", "run", "ask.go"], id="go"),
    pytest.param(JAVA, ["java", "Ask.java"], id="java"),
    pytest.param(TYPESCRIPT, ["node", "ask.mjs"], id="node"),
]
OTHER = "registration.openjpki.svc"
"""Leads to loopback too, and is the name of one service alone."""


def in_full(service: str) -> list[str]:
    """As a program of another namespace must write it; what is shorter goes by the same rule."""
    return [name for name in dialled(service) if ".svc" in name]


@pytest.fixture(scope="module", params=ALL, ids=lambda client: client.folder)
def client(request: pytest.FixtureRequest) -> Client:
    return built(request.param)


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    return mesh_of_the_manifests(tmp_path_factory.mktemp("mesh"))


@pytest.fixture(scope="module")
def issued(mesh: Mesh) -> dict[str, TlsFiles]:
    return {name: as_cert_manager(mesh, of_kind("Certificate")[name]) for name in SERVICES}


@pytest.fixture(scope="module")
def verifier(mesh: Mesh) -> Path:
    """Folder of a verifier's credentials, as the sample of the papers names it."""
    sample = of_kind("Certificate", PEOPLE)["verifier-tax-office"]
    return as_cert_manager(mesh, sample).certificate.parent


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    every = [name for service in SERVICES for name in dialled(service)]
    with loopback_names(tmp_path_factory.mktemp("names"), every) as variables:
        yield variables


@pytest.fixture(scope="module", params=SERVICES)
def served(
    request: pytest.FixtureRequest, mesh: Mesh, issued: dict[str, TlsFiles]
) -> Iterator[tuple[str, RpcServer, Status]]:
    """A server with one service's certificate. What it says of a status is beside the point."""
    status = Status()
    server = build_server(
        listen="127.0.0.1:0",
        health_listen="127.0.0.1:0",
        tls=issued[request.param],
        trust_domain=mesh.trust_domain,
        clock=mesh.clock,
        services=[partial(ocsp_pb2_grpc.add_StatusServiceServicer_to_server, status)],
    )
    server.start()
    yield request.param, server, status
    server.stop()


def _ask(
    client: Client, target: str, credentials: Path, names: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return client.run(
        "Run",
        **names,
        TARGET=target,
        CREDENTIALS=str(credentials),
        TRUST_DOMAIN="",
        AUTHORITY="signing-13",
        SERIAL="01",
    )


def test_a_client_reaches_a_service_by_its_names_and_by_no_other(
    client: Client,
    served: tuple[str, RpcServer, Status],
    verifier: Path,
    names: dict[str, str],
) -> None:
    service, server, status = served
    before = status.asked
    names_there = in_full(service)
    for name in names_there:
        done = _ask(client, f"{name}:{server.port}", verifier, names)
        assert done.returncode == 0, done.stderr
        assert told(done.stdout)["status"] == "good"
    assert status.asked == before + len(names_there)

    wrong = "ca.openjpki.svc" if service == "registration" else OTHER
    done = _ask(client, f"{wrong}:{server.port}", verifier, names)
    assert (done.returncode, done.stdout) == (1, "")
    assert told(done.stderr)["code"].upper() in {"UNAVAILABLE", "INTERNAL"}
    assert status.asked == before + len(names_there)


@pytest.mark.parametrize(("toolchain", "command"), LIBRARIES)
def test_ocsp_over_https_is_reached_by_its_names_and_by_no_other(
    toolchain: Client,
    command: list[str],
    verifier: Path,
    names: dict[str, str],
    edge: tuple[HttpServer, bytes],
) -> None:
    """By what each language's own library has for HTTPS."""
    at_hand(toolchain)
    server, asked = edge

    def ask(host: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*command, f"https://{host}:{server.https_port}/", str(verifier)],
            cwd=OVER_HTTPS,
            env={**os.environ, **names, "GOTOOLCHAIN": "local"},
            input=asked,
            capture_output=True,
            check=False,
        )

    for name in in_full("ocsp"):
        done = ask(name)
        assert done.returncode == 0, done.stderr.decode()
        answer = ocsp.load_der_ocsp_response(done.stdout)
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    done = ask(OTHER)
    assert done.returncode != 0
    assert done.stdout == b""


@pytest.fixture(scope="module")
def edge(
    mesh: Mesh, issued: dict[str, TlsFiles], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[HttpServer, bytes]]:
    """A replica's listener for HTTPS with ocsp's certificate of the manifests; and a request about
    a certificate that is good."""
    folder = tmp_path_factory.mktemp("edge")
    (folder / "ca").mkdir()
    databases = (f"sqlite:///{folder / name}.db" for name in ("ca", "ocsp"))
    with running_pair(folder, *databases) as pair:
        issued_one = pair.issue()
        until(lambda: pair.check(issued_one.serial).status == 1)
        http = pair.ocsp.service.http
        server = HttpServer(
            plane=http.plane,
            control=Control(mesh.trust_domain, issued["ocsp"], mesh.clock),
            http_listen=Address("127.0.0.1:0"),
            https_listen=Address("127.0.0.1:0"),
            files=issued["ocsp"],
        )
        server.start()
        try:
            authority = pair.ocsp.issuer_certificate(TOYAMA)
            yield server, request_for(issued_one.serial, authority)
        finally:
            server.stop()
