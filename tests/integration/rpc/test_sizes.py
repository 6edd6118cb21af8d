"""Messages and metadata beyond the limits: refused clearly, nothing run."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from google.protobuf import timestamp_pb2

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.server.server import ServerLimits
from tests.support.ca_servicers import Ca, revocation
from tests.support.http2_frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PREFACE,
    RST_STREAM,
    call_to,
    connected,
    frame,
    literal,
)
from tests.support.memory import Peak

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


def packed(mib: int) -> bytes:
    """Zeros as gzip packs them, a thousand to one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(mib)) + packer.flush()


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate", b"identity", b"unheard-of"])
def test_a_packed_message_is_not_unpacked(mesh: Any, encoding: bytes) -> None:
    """Whatever it would come to: a thousand times as much."""
    ca = Ca()
    ca.certificates.does = lambda _r, _c: pytest.fail("the servicer was reached")
    message = packed(60)
    sent = b"\x01" + len(message).to_bytes(4, "big") + message
    assert len(sent) < 65535, "what may be sent at once"
    with mesh.serve(PeerRole.CA, ca.services) as server:
        for port, peer, path in (
            (
                server.port,
                mesh.files(PeerRole.REGISTRATION),
                "/openjpki.api.ca.v1.CertificateService/RevokeCertificate",
            ),
            (server.health_port, None, "/grpc.health.v1.Health/Check"),
        ):
            with connected(port, peer) as asking:
                before = Peak()
                head = call_to(path) + literal(b"grpc-encoding", encoding)
                asking.sendall(PREFACE + frame(HEADERS, END_HEADERS, 1, head))
                for start in range(0, len(sent), 16384):
                    asking.sendall(frame(DATA, 0, 1, sent[start : start + 16384]))
                assert is_answered(asking)
                assert before.grown() < 20 << 20


def is_answered(asking: Any) -> bool:
    """Whether the first call was ended, with a status or without."""
    octets = asking.makefile("rb")
    while len(head := octets.read(9)) == 9:
        octets.read(int.from_bytes(head[:3], "big"))
        if head[3] == RST_STREAM or (head[3] == HEADERS and head[4] & END_STREAM):
            return True
    return False
