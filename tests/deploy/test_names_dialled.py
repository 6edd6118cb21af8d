"""Real calls between servers and clients that have what the rendered manifests name.

Only the address is the test's own; what a peer checks of another, it checks as in the cluster.
Clients of other languages: test_names_dialled_abroad.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import build_server
from tests.deploy.certificates import as_cert_manager, dialled, mesh_of_the_manifests, setting
from tests.deploy.manifests import SERVICES, of_kind
from tests.support.ca_servicers import Ca

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.server import RpcServer
    from tests.support.mesh import Mesh

CALLERS_OF_CA = tuple(name for name in SERVICES if name != "ca")


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    return mesh_of_the_manifests(tmp_path_factory.mktemp("mesh"))


@pytest.fixture(scope="module")
def issued(mesh: Mesh) -> dict[str, TlsFiles]:
    return {name: as_cert_manager(mesh, of_kind("Certificate")[name]) for name in SERVICES}


def _server(mesh: Mesh, own: TlsFiles, services: Sequence[Any]) -> RpcServer:
    return build_server(
        listen="127.0.0.1:0",
        health_listen="127.0.0.1:0",
        tls=own,
        trust_domain=mesh.trust_domain,
        clock=mesh.clock,
        services=services,
    )


@pytest.fixture(scope="module")
def ca(mesh: Mesh, issued: dict[str, TlsFiles]) -> Iterator[RpcServer]:
    servicers = Ca()
    servicers.certificates.does = lambda _request, _context: ca_pb2.GetCertificateResponse()
    server = _server(mesh, issued["ca"], servicers.services)
    server.start()
    yield server
    server.stop()


def _ask(channel: grpc.Channel) -> str:
    """What a call is answered with: "OK", or the code of its refusal."""
    request = ca_pb2.GetCertificateRequest(authority_id="signing-13", serial=b"\x01")
    try:
        ca_pb2_grpc.CertificateServiceStub(channel).GetCertificate(request, timeout=60)
    except OpenJpkiError as refused:
        return refused.reason.grpc_code
    return "OK"


@pytest.mark.parametrize("caller", CALLERS_OF_CA)
def test_a_service_calls_ca_with_the_names_of_the_manifests(
    mesh: Mesh, issued: dict[str, TlsFiles], ca: RpcServer, caller: str
) -> None:
    host = setting(caller, f"OPENJPKI_{caller.upper()}__CA").partition(":")[0]
    assert host in of_kind("Service")
    with open_channel(
        f"127.0.0.1:{ca.port}",
        issued[caller],
        expect_role=PeerRole.CA,
        trust_domain=mesh.trust_domain,
    ) as channel:
        # Either way both ends took the other's certificate: who may ask what is the contract's.
        assert _ask(channel) in {"OK", "PERMISSION_DENIED"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_client_that_checks_the_name_it_dialled_reaches_each_service(
    mesh: Mesh, issued: dict[str, TlsFiles], service: str
) -> None:
    """grpcio without our channel checks that name, as the clients of Go, Java and TypeScript do."""
    server = _server(mesh, issued[service], Ca().services)
    server.start()
    try:
        credentials = channel_credentials(RotatingMaterial(issued["registration"]).current())
        for name in dialled(service):
            options = [("grpc.ssl_target_name_override", name)]
            target = f"127.0.0.1:{server.port}"
            with grpc.secure_channel(target, credentials, options) as channel:
                grpc.channel_ready_future(channel).result(timeout=60)
    finally:
        server.stop()


def test_no_service_passes_for_another(
    mesh: Mesh, issued: dict[str, TlsFiles], ca: RpcServer
) -> None:
    for other in (PeerRole.REGISTRATION, PeerRole.OCSP, PeerRole.BRIDGE):
        with open_channel(
            f"127.0.0.1:{ca.port}",
            issued["registration"],
            expect_role=other,
            trust_domain=mesh.trust_domain,
            retries=False,
        ) as channel:
            assert _ask(channel) == "UNAVAILABLE"
