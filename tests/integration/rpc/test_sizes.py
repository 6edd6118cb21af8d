"""Messages and metadata beyond the limits: refused clearly, nothing run."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import timestamp_pb2

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca, revocation

LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def small(mesh: Any) -> Any:
    ca = Ca()
    limits = ServerLimits(max_request=LIMIT, max_response=LIMIT)
    with (
        mesh.serve(PeerRole.CA, ca.services, limits) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, max_response=2 * LIMIT) as channel,
    ):
        yield ca, ca_pb2_grpc.CertificateServiceStub(channel)


def test_request_too_large(small: Any) -> None:
    ca, stub = small
    ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with pytest.raises(OpenJpkiError) as refused:
        stub.RevokeCertificate(revocation(serial=bytes(LIMIT)))
    assert refused.value.reason is Reason.MESSAGE_TOO_LARGE
    # The connection survives it.
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(sequence=9)
    assert stub.RevokeCertificate(revocation()).sequence == 9


def test_largest_request_still_arrives(small: Any) -> None:
    """The limit is the message's, not a little less: it is refused by its rule instead."""
    ca, stub = small
    ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with pytest.raises(OpenJpkiError) as refused:
        stub.RevokeCertificate(revocation(serial=bytes(LIMIT - 1024)))
    assert refused.value.reason is Reason.INVALID_FIELD


def test_answer_too_large_for_the_client(small: Any, mesh: Any) -> None:
    ca = Ca()
    ca.certificates.does = lambda _r, _c: ca_pb2.RevokeCertificateResponse(
        revoked_at=timestamp_pb2.Timestamp(seconds=1)
    )
    with (
        mesh.serve(PeerRole.CA, ca.services) as server,
        mesh.channel(server, PeerRole.CA, PeerRole.REGISTRATION, max_response=1) as channel,
        pytest.raises(OpenJpkiError) as refused,
    ):
        ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate(revocation())
    assert refused.value.reason is Reason.MESSAGE_TOO_LARGE


def test_metadata_too_large(small: Any) -> None:
    ca, stub = small
    ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    with pytest.raises(OpenJpkiError) as refused:
        stub.RevokeCertificate(revocation(), metadata=(("x-large", "x" * LIMIT),))
    assert refused.value.reason is Reason.MESSAGE_TOO_LARGE, refused.value.__cause__
