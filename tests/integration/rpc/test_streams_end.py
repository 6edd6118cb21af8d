"""Streams end with the credential that opened them, also while nothing is sent on them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.peer import read_certificate, server_name
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server import running_streams
from openjpki.rpc.server.deny_list import DenyList
from openjpki.rpc.server.server import build_server
from openjpki.rpc.status import typed_error
from openjpki.telemetry.metrics import REGISTRY
from tests.support.ca_servicers import Ca, position, revocation
from tests.support.mesh import Mesh
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from openjpki.rpc.identity.credentials import TlsFiles
    from openjpki.rpc.server.server import RpcServer


class Quiet:
    """A ca whose streams say one thing and then nothing, and a peer that reads them."""

    def __init__(self, mesh: Mesh, tls: TlsFiles) -> None:
        self.mesh = mesh
        self.tls = tls
        self.ca = Ca()
        self.returned = Event()
        self.deny_list = DenyList(max_age=3600)
        self.deny_list.replace(())

    @property
    def identity(self) -> tuple[str, str]:
        """SPIFFE id and fingerprint of the peer."""
        peer = read_certificate(self.tls.certificate.read_bytes(), self.mesh.trust_domain)
        return peer.identity.spiffe_id, peer.fingerprint

    @contextmanager
    def serving(self) -> Iterator[tuple[RpcServer, TypedChannel]]:
        server = build_server(
            listen="127.0.0.1:0",
            health_listen="127.0.0.1:0",
            tls=self.mesh.files(PeerRole.CA),
            trust_domain=self.mesh.trust_domain,
            clock=self.mesh.clock,
            services=self.ca.services,
            deny_list=self.deny_list,
        )
        server.start()
        try:
            with open_channel(
                f"127.0.0.1:{server.port}",
                self.tls,
                expect_role=PeerRole.CA,
                trust_domain=self.mesh.trust_domain,
            ) as channel:
                yield server, channel
        finally:
            server.stop()

    def polling(self, _request: Any, context: Any) -> Iterator[ca_pb2.FollowResponse]:
        """Looks now and then whether it goes on, as the services' streams do."""
        yield ca_pb2.FollowResponse()
        while context.is_active():
            self.returned.wait(0.05)
        self.returned.set()

    def stuck(self, _request: Any, context: Any) -> Iterator[ca_pb2.FollowResponse]:
        """Waits for something else and never looks."""
        over = Event()
        context.add_callback(over.set)
        yield ca_pb2.FollowResponse()
        over.wait(60)
        self.returned.set()


@pytest.fixture
def quiet(tmp_path: Path) -> Quiet:
    mesh = Mesh(tmp_path)
    tls = mesh.authority.issue(PeerRole.OCSP, NATIONWIDE, validity=timedelta(hours=1)).write(
        tmp_path / "peer"
    )
    return Quiet(mesh, tls)


def expire(quiet: Quiet) -> None:
    quiet.mesh.clock.offset = timedelta(hours=2)


def deny_id(quiet: Quiet) -> None:
    quiet.deny_list.replace({quiet.identity[0]})


def deny_certificate(quiet: Quiet) -> None:
    quiet.deny_list.replace({quiet.identity[1]})


ENDS = [
    (expire, Reason.UNAUTHENTICATED),
    (deny_id, Reason.CREDENTIAL_DENIED),
    (deny_certificate, Reason.CREDENTIAL_DENIED),
]


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_a_quiet_stream_ends_and_says_why(
    quiet: Quiet,
    end: Callable[[Quiet], None],
    reason: Reason,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow the machine is, the stream's code is waited for.
    monkeypatch.setattr(running_streams, "GRACE", 60.0)
    quiet.ca.feed.does = quiet.polling
    with quiet.serving() as (_, channel):
        stream = ca_pb2_grpc.StatusFeedServiceStub(channel).Follow(position(), timeout=60)
        next(stream)
        end(quiet)
        with pytest.raises(OpenJpkiError) as ended:
            next(stream)
        assert ended.value.reason is reason
        assert quiet.returned.wait(30)


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_a_stream_that_never_looks_is_cancelled(
    quiet: Quiet, end: Callable[[Quiet], None], reason: Reason
) -> None:
    quiet.ca.feed.does = quiet.stuck
    with quiet.serving() as (_, channel):
        stub = ca_pb2_grpc.StatusFeedServiceStub(channel)
        stream = stub.Follow(position(), timeout=60)
        next(stream)
        end(quiet)
        with pytest.raises(OpenJpkiError):
            next(stream)
        assert quiet.returned.wait(30)
        # And who comes again hears why.
        with pytest.raises(OpenJpkiError) as refused:
            next(stub.Follow(position(), timeout=60))
        assert refused.value.reason is reason


@pytest.mark.parametrize(("end", "reason"), ENDS)
def test_reflection_ends(quiet: Quiet, end: Callable[[Quiet], None], reason: Reason) -> None:
    del reason
    over = Event()

    def asks() -> Iterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        over.wait(60)

    with quiet.serving() as (server, _):
        name = server_name(PeerRole.CA, quiet.mesh.trust_domain)
        with grpc.secure_channel(
            f"127.0.0.1:{server.port}",
            channel_credentials(RotatingMaterial(quiet.tls).current()),
            [("grpc.ssl_target_name_override", name)],
        ) as channel:
            stream = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
                asks(), timeout=60
            )
            next(stream)
            end(quiet)
            with pytest.raises(grpc.RpcError) as ended:
                next(stream)
            over.set()
        assert ended.value.code() is not grpc.StatusCode.DEADLINE_EXCEEDED


def revoking(quiet: Quiet) -> None:
    """The peer is a registration service, whose calls are answered."""
    quiet.tls = quiet.mesh.files(PeerRole.REGISTRATION)
    quiet.ca.certificates.does = lambda _request, _context: ca_pb2.RevokeCertificateResponse()


@pytest.mark.parametrize("end", [deny_id, deny_certificate])
def test_a_denied_peer_is_refused_on_its_open_connection(
    quiet: Quiet, end: Callable[[Quiet], None]
) -> None:
    revoking(quiet)
    with quiet.serving() as (_, channel):
        stub = ca_pb2_grpc.CertificateServiceStub(channel)
        stub.RevokeCertificate(revocation())
        end(quiet)
        with pytest.raises(OpenJpkiError) as refused:
            stub.RevokeCertificate(revocation())
        assert refused.value.reason is Reason.CREDENTIAL_DENIED
        quiet.deny_list.replace(())
        stub.RevokeCertificate(revocation())


def test_a_call_that_waits_is_refused_once_its_peer_is_denied(quiet: Quiet) -> None:
    """Opened before the denial, sent after it: as if it had come after it."""
    revoking(quiet)
    denied = Event()

    def late() -> Iterator[bytes]:
        denied.wait(60)
        yield revocation().SerializeToString()

    with quiet.serving() as (_, channel):
        call: Any = channel.stream_unary("/openjpki.api.ca.v1.CertificateService/RevokeCertificate")
        answer = call.future(late(), timeout=60)
        wait_until(lambda: REGISTRY.get_sample_value(*_CALLS) == 1)
        deny_id(quiet)
        denied.set()
        with pytest.raises(grpc.RpcError) as refused:
            answer.result(60)
        assert typed_error(refused.value).reason is Reason.CREDENTIAL_DENIED


_CALLS = ("openjpki_rpc_in_use", {"what": "calls"})


def test_without_a_recent_list_nobody_is_served(quiet: Quiet) -> None:
    now = 0.0
    quiet.deny_list = DenyList(max_age=60, now=lambda: now)
    revoking(quiet)
    with quiet.serving() as (_, channel):
        stub = ca_pb2_grpc.CertificateServiceStub(channel)

        def refused() -> Reason:
            with pytest.raises(OpenJpkiError) as refusal:
                stub.RevokeCertificate(revocation(), timeout=1)
            return refusal.value.reason

        assert refused() is Reason.SERVICE_UNAVAILABLE
        quiet.deny_list.replace(())
        stub.RevokeCertificate(revocation())
        now = 60.0
        stub.RevokeCertificate(revocation())
        now = 61.0
        assert refused() is Reason.SERVICE_UNAVAILABLE
