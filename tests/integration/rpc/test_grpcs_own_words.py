"""The sentences of gRPC by which its own failures are told apart, from the installed gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.grpc_failures import TOO_LARGE, UNREACHED
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca, revocation
from tests.support.mesh import Mesh

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel

LIMIT = 4096


def failed(channel: TypedChannel, **options: Any) -> tuple[OpenJpkiError, str]:
    """The refusal of one call, and gRPC's own sentence below it."""
    with channel, pytest.raises(OpenJpkiError) as refused:
        ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(
            revocation(), wait_for_ready=False, **options
        )
    cause = refused.value.__cause__
    assert isinstance(cause, grpc.Call)
    return refused.value, cause.details() or ""


def test_a_message_and_metadata_too_large(mesh: Mesh) -> None:
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=1)
    limits = ServerLimits(max_request=LIMIT, max_response=LIMIT)
    with mesh.serve(PeerRole.CA, ca.services, limits) as server:
        few = mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, max_response=1)
        refusal, words = failed(few)
        assert refusal.reason is Reason.MESSAGE_TOO_LARGE
        assert TOO_LARGE[0] in words
        usual = mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION)
        refusal, words = failed(usual, metadata=(("x-large", "x" * 64 * LIMIT),))
        assert refusal.reason is Reason.MESSAGE_TOO_LARGE
        assert TOO_LARGE[1] in words


def test_a_service_of_another_mesh(served: Any, tmp_path: Path) -> None:
    stranger = Mesh(tmp_path)
    channel = stranger.channel(served.server, PeerRole.CA, PeerRole.REGISTRATION, retries=False)
    refusal, words = failed(channel)
    assert UNREACHED[0][0] in words
    assert (refusal.reason, refusal.message) == (Reason.SERVICE_UNAVAILABLE, UNREACHED[0][1])


def test_another_service_of_the_mesh(served: Any, mesh: Mesh) -> None:
    channel = mesh.channel(served.server, PeerRole.OCSP, PeerRole.REGISTRATION, retries=False)
    refusal, words = failed(channel)
    assert UNREACHED[1][0] in words
    assert (refusal.reason, refusal.message) == (Reason.SERVICE_UNAVAILABLE, UNREACHED[1][1])


def test_a_host_that_has_no_address(mesh: Mesh) -> None:
    channel = open_channel(
        "nowhere.invalid:443",
        mesh.files(PeerRole.REGISTRATION),
        expect_role=PeerRole.CA,
        trust_domain=mesh.trust_domain,
        retries=False,
    )
    refusal, words = failed(channel)
    assert UNREACHED[2][0] in words
    assert (refusal.reason, refusal.message) == (Reason.SERVICE_UNAVAILABLE, UNREACHED[2][1])
