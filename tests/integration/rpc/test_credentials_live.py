"""Credentials while servers run: rotated, expired, and somebody else's."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pytest
from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.registration.v1 import registration_pb2_grpc
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.identity.credentials import read_material
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import build_server
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_servicers import Ca, position, revocation
from tests.support.captured_logs import captured_logs
from tests.support.contracts import add_all, methods
from tests.support.mesh import TRUST_DOMAIN, ChannelOptions, Mesh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import grpc

    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.server import RpcServer


class Hosts(TypedDict):
    dns_names: list[str]
    ip_addresses: list[str]


HOSTS: Hosts = {"dns_names": ["localhost"], "ip_addresses": ["127.0.0.1"]}


@contextmanager
def running(mesh: Mesh, tls: TlsFiles, ca: Ca) -> Iterator[RpcServer]:
    server = build_server(
        listen="127.0.0.1:0",
        health_listen="127.0.0.1:0",
        tls=tls,
        trust_domain=TRUST_DOMAIN,
        clock=mesh.clock,
        services=ca.services,
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


def opened(server: RpcServer, tls: TlsFiles, **options: Unpack[ChannelOptions]) -> TypedChannel:
    return open_channel(
        f"127.0.0.1:{server.port}",
        tls,
        expect_role=PeerRole.CA,
        trust_domain=TRUST_DOMAIN,
        **options,
    )


def written(mesh: Mesh) -> dict[Path, bytes]:
    return {one: one.read_bytes() for one in mesh.folder.rglob("*") if one.is_file()}


@pytest.fixture(autouse=True)
def shared_credentials(mesh: Mesh) -> Iterator[None]:
    """Other tests use them too: none is written to."""
    before = written(mesh)
    yield
    assert before.items() <= written(mesh).items()


@pytest.fixture
def ca() -> Ca:
    made = Ca()
    made.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    return made


def test_server_takes_new_files_without_a_restart(mesh: Mesh, ca: Ca, tmp_path: Path) -> None:
    """A new mesh authority: old peers are known until the bundle changes, then the new ones."""
    tls = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
    successor = Mesh(tmp_path / "successor")
    new_peer = successor.files(PeerRole.REGISTRATION)
    old_peer = mesh.files(PeerRole.REGISTRATION)
    with running(mesh, tls, ca) as server:
        with opened(server, old_peer) as channel:
            revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
            assert revoke(revocation()).sequence == 1
            successor.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
            # The connection that stands goes on.
            assert revoke(revocation()).sequence == 1
        with opened(server, new_peer) as channel:
            revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
            assert revoke(revocation()).sequence == 1
        with opened(server, old_peer, retries=False) as channel:
            revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
            with pytest.raises(OpenJpkiError) as refused:
                revoke(revocation())
            assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.parametrize("broken", ["before", "behind"])
def test_an_authority_that_cannot_be_read_ends_no_other_s_being_trusted(
    mesh: Mesh, ca: Ca, tmp_path: Path, broken: str
) -> None:
    """TLS libraries read a bundle as far as the first that they can't."""
    tls = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
    peer = mesh.authority.issue(PeerRole.REGISTRATION, NATIONWIDE).write(tmp_path / "peer")
    successor = Mesh(tmp_path / "successor")
    good = [mesh.authority.trust_bundle, successor.authority.trust_bundle]
    bad = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    bundle = b"# the mesh\n".join([bad, *good] if broken == "before" else [*good, bad])
    for files in (tls, peer, new := successor.files(PeerRole.REGISTRATION)):
        files.trust_bundle.write_bytes(bundle)
    labels = {"file": "trust_bundle"}
    with captured_logs(service="ca") as log, running(mesh, tls, ca) as server:
        assert REGISTRY.get_sample_value("openjpki_file_elements_left_out", labels) == 1
        for each in (peer, new):
            with opened(server, each) as channel:
                revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
                assert revoke(revocation()).sequence == 1
    said = [json.loads(line) for line in log.getvalue().splitlines()]
    left_out = {one.get("number") for one in said if "trust bundle" in one["event"]} - {None}
    assert left_out == {1 if broken == "before" else 3}
    tls.trust_bundle.write_bytes(bad)
    with pytest.raises(OpenJpkiError) as refusal:
        read_material(tls)
    assert refusal.value.field == "tls.trust_bundle"


@pytest.mark.parametrize(
    "written",
    [
        lambda pem: b"\xef\xbb\xbf" + pem,
        lambda pem: pem.replace(b"\n", b"\r"),
        lambda pem: b"Bag Attributes\r\n" + pem.replace(b"\n", b"\r\n"),
    ],
    ids=["mark", "CR", "text and CRLF"],
)
def test_credentials_are_used_as_they_are_read(
    mesh: Mesh, ca: Ca, tmp_path: Path, written: Callable[[bytes], bytes]
) -> None:
    """gRPC's own reader finds nothing in some of these, and a service would not be reached."""
    tls = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
    peer = mesh.authority.issue(PeerRole.REGISTRATION, NATIONWIDE).write(tmp_path / "peer")
    for files in (tls, peer):
        for file in (files.certificate, files.private_key, files.trust_bundle):
            file.write_bytes(written(file.read_bytes()))
    with running(mesh, tls, ca) as server, opened(server, peer) as channel:
        revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        assert revoke(revocation()).sequence == 1


def test_a_chain_that_cannot_be_read_is_refused_by_its_number(mesh: Mesh, tmp_path: Path) -> None:
    tls = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
    leaf = tls.certificate.read_bytes()
    tls.certificate.write_bytes(leaf + leaf[:-100] + b"\n-----END CERTIFICATE-----\n")
    with pytest.raises(OpenJpkiError) as refusal:
        read_material(tls)
    assert refusal.value.field == "tls.certificate"
    assert "number 2" in refusal.value.message


def test_half_written_files_leave_the_old_ones_in_use(mesh: Mesh, ca: Ca, tmp_path: Path) -> None:
    tls = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "server")
    other = mesh.authority.issue(PeerRole.CA, **HOSTS).write(tmp_path / "other")
    with running(mesh, tls, ca) as server:
        shutil.copy(other.private_key, tls.private_key)  # the certificate does not fit it yet
        with opened(server, mesh.files(PeerRole.REGISTRATION)) as channel:
            stub = ca_pb2_grpc.CertificateServiceStub(channel)
            assert stub.RevokeCertificate(revocation()).sequence == 1
        shutil.copy(other.certificate, tls.certificate)
        with opened(server, mesh.files(PeerRole.REGISTRATION)) as channel:
            stub = ca_pb2_grpc.CertificateServiceStub(channel)
            assert stub.RevokeCertificate(revocation()).sequence == 1
        expiry = REGISTRY.get_sample_value("openjpki_mesh_certificate_expiry_timestamp_seconds")
        assert expiry


def test_client_takes_new_files_and_running_streams_go_on(
    mesh: Mesh, ca: Ca, tmp_path: Path
) -> None:
    seen: list[str] = []

    def revoke(_request: Any, context: grpc.ServicerContext) -> ca_pb2.RevokeCertificateResponse:
        pem = context.auth_context()["x509_pem_cert"][0]
        assert isinstance(pem, bytes)  # the stubs say otherwise
        seen.append(f"{x509.load_pem_x509_certificate(pem).serial_number:x}")
        return ca_pb2.RevokeCertificateResponse()

    def follow(_request: Any, _context: Any) -> Iterator[ca_pb2.FollowResponse]:
        for _ in range(50):
            yield ca_pb2.FollowResponse()
            time.sleep(0.01)

    ca.certificates.does = revoke
    ca.feed.does = follow
    # One identity that may do both does not exist: two channels, each with its files.
    tls = mesh.authority.issue(PeerRole.REGISTRATION, NATIONWIDE).write(tmp_path / "client")
    feed_tls = mesh.authority.issue(PeerRole.OCSP, NATIONWIDE).write(tmp_path / "follower")
    with (
        running(mesh, mesh.files(PeerRole.CA), ca) as server,
        opened(server, tls, look_every=0.0) as channel,
        opened(server, feed_tls, look_every=0.0) as follower,
    ):
        certificates = ca_pb2_grpc.CertificateServiceStub(channel)
        feed = ca_pb2_grpc.StatusFeedServiceStub(follower)
        stream = feed.Follow(position())
        next(stream)
        certificates.RevokeCertificate(revocation())
        certificates.RevokeCertificate(revocation())
        mesh.authority.issue(PeerRole.REGISTRATION, NATIONWIDE).write(tmp_path / "client")
        mesh.authority.issue(PeerRole.OCSP, NATIONWIDE).write(tmp_path / "follower")
        certificates.RevokeCertificate(revocation())
        next(feed.Follow(position()))
        assert len(list(stream)) == 49
    assert seen[0] == seen[1] != seen[2]


def test_certificate_that_expires_on_a_standing_connection(
    mesh: Mesh, ca: Ca, tmp_path: Path
) -> None:
    own = Mesh(tmp_path / "own")
    tls = own.authority.issue(PeerRole.REGISTRATION, NATIONWIDE, validity=timedelta(hours=1)).write(
        tmp_path / "client"
    )
    with (
        running(own, own.files(PeerRole.CA), ca) as server,
        opened(server, tls) as channel,
    ):
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        assert stub.RevokeCertificate(revocation()).sequence == 1
        own.clock.offset = timedelta(hours=2)
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeCertificate(revocation())
    assert refused.value.reason is Reason.UNAUTHENTICATED


def test_stream_ends_with_its_callers_certificate(mesh: Mesh, ca: Ca, tmp_path: Path) -> None:
    own = Mesh(tmp_path / "own")
    tls = own.authority.issue(PeerRole.OCSP, NATIONWIDE, validity=timedelta(hours=1)).write(
        tmp_path / "c"
    )

    def follow(_request: Any, context: grpc.ServicerContext) -> Iterator[ca_pb2.FollowResponse]:
        while context.is_active():
            yield ca_pb2.FollowResponse()
            time.sleep(0.01)

    ca.feed.does = follow
    with (
        running(own, own.files(PeerRole.CA), ca) as server,
        opened(server, tls) as channel,
    ):
        stream = ca_pb2_grpc.StatusFeedServiceStub(channel).Follow(position(), timeout=90)
        next(stream)
        own.clock.offset = timedelta(hours=2)
        with pytest.raises(OpenJpkiError) as ended:
            list(stream)
    assert ended.value.reason is Reason.UNAUTHENTICATED


def test_another_service_of_the_mesh_cannot_pose_as_the_ca(
    mesh: Mesh, ca: Ca, tmp_path: Path
) -> None:
    """The impostor's certificate is the mesh's own and names localhost; only its role differs."""
    impostor = mesh.authority.issue(PeerRole.OCSP, NATIONWIDE, **HOSTS).write(tmp_path / "impostor")
    ca.certificates.does = lambda _r, _c: pytest.fail("the impostor was asked")
    with (
        running(mesh, impostor, ca) as server,
        opened(server, mesh.files(PeerRole.REGISTRATION), retries=False) as channel,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(revocation(), timeout=60)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


def test_an_officer_cannot_pose_as_a_server(mesh: Mesh, ca: Ca, tmp_path: Path) -> None:
    officer = mesh.authority.issue(PeerRole.WINDOW_OFFICER, "13101", "officer-1").write(
        tmp_path / "officer"
    )
    with (
        running(mesh, officer, ca) as server,
        opened(server, mesh.files(PeerRole.REGISTRATION), retries=False) as channel,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(revocation(), timeout=60)
    assert refused.value.reason is Reason.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    ("names", "ca_flag"),
    [
        (["registration", "ocsp"], False),
        (["registration"], True),
        (["registration/../ca"], False),
        (["Registration"], False),
        (["window-officer/13101"], False),
        (["any-peer"], False),
        (["registration/a/b/c"], False),
        (["registration/"], False),
    ],
)
def test_certificates_the_mesh_should_not_have_signed(
    mesh: Mesh, ca: Ca, names: list[str], ca_flag: bool
) -> None:
    uris = [x509.UniformResourceIdentifier(f"spiffe://{TRUST_DOMAIN}/{each}") for each in names]
    peer = mesh.odd_files(uris, ca=ca_flag)
    ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with (
        running(mesh, mesh.files(PeerRole.CA), ca) as server,
        opened(server, peer) as channel,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(revocation())
    assert refused.value.reason is Reason.UNAUTHENTICATED


def test_two_peers_on_one_server_are_told_apart(mesh: Mesh, ca: Ca) -> None:
    """Identities are remembered between calls; never the wrong one."""
    seen: list[str] = []

    class Window:
        def __getattr__(self, _name: str) -> Any:
            def serve(_request: Any, context: grpc.ServicerContext) -> None:
                seen.append(peer_of(context).subject)
                raise OpenJpkiError(Reason.APPLICATION_NOT_FOUND, "none")

            return serve

    (get,) = [one for one in methods() if one.path.endswith("/GetApplication")]
    request: Any = get.request()
    request.municipality_code = "13101"
    with mesh.serve(PeerRole.REGISTRATION, add_all(PeerRole.REGISTRATION, Window())) as server:
        for _ in range(2):
            for officer in ("one", "two"):
                with (
                    mesh.channel(
                        server, PeerRole.REGISTRATION, PeerRole.WINDOW_OFFICER, "13101", officer
                    ) as channel,
                    pytest.raises(OpenJpkiError),
                ):
                    registration_pb2_grpc.WindowServiceStub(channel).GetApplication(request)
    assert seen == ["one", "two", "one", "two"]
