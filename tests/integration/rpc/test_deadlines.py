"""Deadlines: demanded, capped, handed on with a margin, and over."""

from __future__ import annotations

import threading
from typing import Any

import grpc
import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import RotatingMaterial, channel_credentials
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from openjpki.rpc.status import typed_error
from tests.support.ca_servicers import Ca, asked_by, remaining, revocation
from tests.support.waiting import wait_until


def test_every_call_of_a_channel_has_a_deadline(served: Any) -> None:
    left: list[float] = []

    def revoke(_request: Any, _context: grpc.ServicerContext) -> ca_pb2.RevokeCertificateResponse:
        left.append(remaining())
        return ca_pb2.RevokeCertificateResponse()

    served.ca.certificates.does = revoke
    with served.channel(default_timeout=30.0) as channel:
        served.certificates(channel).RevokeCertificate(revocation())
        served.certificates(channel).RevokeCertificate(revocation(), timeout=500)
    assert 10 < left[0] <= 30
    assert 40 < left[1] <= 60  # the server's cap


def test_caller_learns_that_time_is_over(served: Any) -> None:
    told = threading.Event()

    def slow(_request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        told.wait(30)
        return ca_pb2.RevokeCertificateResponse()

    served.ca.certificates.does = slow
    try:
        with served.channel() as channel, pytest.raises(OpenJpkiError) as over:
            served.certificates(channel).RevokeCertificate(revocation(), timeout=0.1)
    finally:
        told.set()
    assert over.value.reason is Reason.DEADLINE_EXCEEDED


def test_call_whose_deadline_passed_in_line_never_runs(mesh: Any) -> None:
    ca = Ca()
    ran: list[str] = []
    go_on = threading.Event()

    def slow(request: Any, _context: Any) -> ca_pb2.RevokeCertificateResponse:
        ran.append(request.asked.officer)
        go_on.wait(30)
        return ca_pb2.RevokeCertificateResponse()

    ca.certificates.does = slow
    with (
        mesh.serve(PeerRole.CA, ca.services, ServerLimits(threads=1)) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel,
    ):
        revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        first = revoke.future(revocation(asked=asked_by("first")), timeout=30)
        wait_until(lambda: bool(ran))
        with pytest.raises(OpenJpkiError) as over:
            revoke(revocation(asked=asked_by("second")), timeout=0.2)
        assert over.value.reason is Reason.DEADLINE_EXCEEDED
        go_on.set()
        first.result(30)
        revoke(revocation(asked=asked_by("third")), timeout=30)
    assert [one.rpartition("/")[2] for one in ran] == ["first", "third"]


def test_hop_gets_what_is_left_less_a_margin(mesh: Any, served: Any) -> None:
    """registration → ca → ca: the second hop's deadline comes from the first one's."""
    left: list[float] = []

    def last(_request: Any, _context: grpc.ServicerContext) -> ca_pb2.RevokeCertificateResponse:
        left.append(remaining())
        return ca_pb2.RevokeCertificateResponse()

    served.ca.certificates.does = last
    middle = Ca()
    with served.channel() as onward:
        ask = served.certificates(onward).RevokeCertificate
        middle.certificates.does = lambda request, _context: ask(request)
        with (
            mesh.serve(PeerRole.CA, middle.services) as server,
            mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION) as channel,
        ):
            revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
            revoke(revocation(), timeout=20.0)
            with pytest.raises(OpenJpkiError) as over:
                revoke(revocation(), timeout=0.09)
    assert 10 < left[0] < 19.91
    assert over.value.reason is Reason.DEADLINE_EXCEEDED
    assert len(left) == 1  # with less than the margin the second hop is not even tried


def test_bare_client_without_deadline_is_refused(mesh: Any, served: Any) -> None:
    served.ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    material = RotatingMaterial(mesh.files(PeerRole.REGISTRATION)).current()
    target = f"localhost:{served.server.port}"
    with grpc.secure_channel(target, channel_credentials(material)) as channel:
        revoke = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        with pytest.raises(grpc.RpcError) as refused:
            revoke(revocation())
    assert typed_error(refused.value).reason is Reason.DEADLINE_REQUIRED
