"""A service in other hands, with its own rightful certificate: what a client takes from it is
bounded in octets and in time, and the caller is told so in a typed error."""

from __future__ import annotations

import itertools
import socket
import threading
import zlib
from base64 import b64encode
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from google.rpc import status_pb2

from openjpki.api.bridge.v1 import bridge_pb2
from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.cli.main import program
from openjpki.client import list_download
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from openjpki.rpc.status import to_status
from tests.support.ca_servicers import revocation
from tests.support.h2_service import Asked, h2_service
from tests.support.http2_frames import RST_STREAM, frame, literal
from tests.support.memory import Peak

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openjpki.rpc.client.channel import TypedChannel
    from tests.support.mesh import Mesh

MIB = 1 << 20
LARGE = 4096 * MIB - 1
DETAILS = "grpc-status-details-bin"
MANY_FIELDS = b"\x90" * 400_000
"""Each a reference of one octet to a field that counts sixty."""
ANSWER = ca_pb2.RevokeCertificateResponse(sequence=7).SerializeToString()
CANCEL = (8).to_bytes(4, "big")


def channel_to(mesh: Mesh, port: int, **options: Any) -> TypedChannel:
    return open_channel(
        f"127.0.0.1:{port}",
        mesh.files(PeerRole.REGISTRATION),
        expect_role=PeerRole.CA,
        trust_domain=mesh.trust_domain,
        **options,
    )


@cache
def bomb() -> bytes:
    """As gzip packs a gibibyte of zeros: about a thousandth of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(1024)) + packer.flush()


def says_a_large_length(asked: Asked) -> None:
    asked.headers()
    asked.message(b"", length=LARGE)


def sends_a_packed_message(asked: Asked) -> None:
    asked.headers(literal(b"grpc-encoding", b"gzip"))
    asked.message(bomb(), packed=True)
    asked.trailers(0)


def sends_headers_that_unpack_to_much(asked: Asked) -> None:
    asked.headers(MANY_FIELDS)


def sends_trailers_that_unpack_to_much(asked: Asked) -> None:
    asked.headers()
    asked.message(ANSWER)
    asked.trailers(0, MANY_FIELDS)


def sends_a_long_refusal(asked: Asked) -> None:
    told = status_pb2.Status.FromString(
        dict(to_status(OpenJpkiError(Reason.WRONG_STATE, "no")).trailing_metadata)[DETAILS]
    )
    told.message = "x" * 200_000
    asked.headers()
    asked.trailers(9, literal(DETAILS.encode(), b64encode(told.SerializeToString())))


def sends_two_answers(asked: Asked) -> None:
    asked.headers()
    asked.message(ANSWER)
    asked.message(ANSWER)
    asked.trailers(0)


def never_ends(asked: Asked) -> None:
    asked.headers()
    asked.message(ANSWER, length=len(ANSWER) + 1)
    for _ in itertools.count():
        asked.send(frame(6, 0, 0, b"so alive"))
        threading.Event().wait(0.05)


def refuses_with_what_is_no_status(asked: Asked) -> None:
    asked.headers()
    asked.trailers(3, literal(b"grpc-status-details-bin", b"/////w"))


@pytest.mark.parametrize(
    ("answers", "reasons"),
    [
        (says_a_large_length, {Reason.MESSAGE_TOO_LARGE}),
        (sends_a_packed_message, {Reason.INTERNAL}),
        (sends_headers_that_unpack_to_much, {Reason.MESSAGE_TOO_LARGE}),
        (sends_trailers_that_unpack_to_much, {Reason.MESSAGE_TOO_LARGE}),
        # Too large once the service has acknowledged the client's limit, and no status before.
        (sends_a_long_refusal, {Reason.INTERNAL, Reason.MESSAGE_TOO_LARGE}),
        (sends_two_answers, {Reason.DEADLINE_EXCEEDED}),
        (never_ends, {Reason.DEADLINE_EXCEEDED}),
        (refuses_with_what_is_no_status, {Reason.INTERNAL}),
    ],
)
def test_a_call_ends_and_takes_little(
    mesh: Mesh,
    answers: Callable[[Asked], None],
    reasons: set[Reason],
    record_property: Callable[[str, object], None],
) -> None:
    # Packing it takes longer than the call may.
    bomb()
    with (
        h2_service(mesh.files(PeerRole.CA), answers) as service,
        channel_to(mesh, service.port) as channel,
    ):
        call = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        before = Peak()
        with pytest.raises(OpenJpkiError) as refused:
            call(revocation(), timeout=3)
        grown = before.grown()
    assert refused.value.reason in reasons
    # A client is held to its limit by gRPC once the service has acknowledged it; until then by
    # one of 16 MiB, which come to ten times as much.
    assert grown < 256 * MIB
    record_property("grown_mib", grown / MIB)


def test_a_call_that_is_dropped_is_made_again(mesh: Mesh) -> None:
    """With the same request id, so a change is made once; and not for ever."""

    def drops(asked: Asked) -> None:
        if asked.number < 2:
            asked.send(frame(RST_STREAM, 0, asked.stream, CANCEL))
        else:
            asked.headers()
            asked.message(ANSWER)
            asked.trailers(0)

    with (
        h2_service(mesh.files(PeerRole.CA), drops) as service,
        channel_to(mesh, service.port) as channel,
    ):
        call = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        assert call(revocation(), timeout=20).sequence == 7
        assert service.asked == 3

    def always_drops(asked: Asked) -> None:
        asked.send(frame(RST_STREAM, 0, asked.stream, CANCEL))

    with (
        h2_service(mesh.files(PeerRole.CA), always_drops) as service,
        channel_to(mesh, service.port) as channel,
    ):
        call = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        with pytest.raises(OpenJpkiError) as refused:
            call(revocation(), timeout=20)
    assert refused.value.reason is Reason.CANCELLED
    assert 4 <= service.asked <= 8


def test_a_service_that_never_completes_tls(mesh: Mesh) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        channel_to(mesh, silent.getsockname()[1]) as channel,
    ):
        call = ca_pb2_grpc.CertificateServiceStub(channel).RevokeCertificate
        with pytest.raises(OpenJpkiError) as refused:
            call(revocation(), timeout=1)
    assert refused.value.reason in {Reason.DEADLINE_EXCEEDED, Reason.SERVICE_UNAVAILABLE}


def endless(asked: Asked) -> None:
    """A list larger than any, within what may be sent before it is read."""
    asked.headers()
    piece = ocsp_pb2.DownloadRevocationListResponse(chunk=bytes(8192)).SerializeToString()
    for _ in range(7):
        asked.message(piece)


def slow(asked: Asked) -> None:
    asked.headers()
    while True:
        asked.message(b"")
        threading.Event().wait(0.01)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        (endless, Reason.MESSAGE_TOO_LARGE),
        (slow, Reason.DEADLINE_EXCEEDED),
    ],
)
def test_an_answer_in_pieces_ends(
    mesh: Mesh,
    monkeypatch: pytest.MonkeyPatch,
    answers: Callable[[Asked], None],
    reason: Reason,
) -> None:
    monkeypatch.setattr(list_download, "MAX_LIST", 40_000)
    monkeypatch.setattr(list_download, "DOWNLOAD_SECONDS", 3.0)
    with (
        h2_service(mesh.files(PeerRole.OCSP), answers) as service,
        open_channel(
            f"127.0.0.1:{service.port}",
            mesh.files(PeerRole.VERIFIER, "tax-office"),
            expect_role=PeerRole.OCSP,
            trust_domain=mesh.trust_domain,
        ) as channel,
    ):
        stub = ocsp_pb2_grpc.RevocationListDownloadServiceStub(channel)
        with pytest.raises(OpenJpkiError) as refused:
            list_download.download(stub, AuthorityId.parse("signing-16"), "16201", 1)
    assert refused.value.reason is reason


def endless_element(asked: Asked) -> None:
    """First what the pool has, then its one large element, which is larger than any."""
    asked.headers()
    if asked.number:
        piece = bridge_pb2.DownloadPoolElementResponse(chunk=bytes(8192)).SerializeToString()
        for _ in range(7):
            asked.message(piece)
    else:
        left_out = bridge_pb2.ListPoolResponse(left_out=[bytes(32)])
        asked.message(left_out.SerializeToString())
        asked.trailers(0)


@pytest.mark.parametrize(
    ("role", "answers", "words"),
    [
        (
            PeerRole.OCSP,
            endless,
            ("verifier", "download-crl", "16201", "--authority", "signing-16", "--to", "16201.crl"),
        ),
        (PeerRole.BRIDGE, endless_element, ("bridge", "pool", "--to", "pool")),
    ],
)
def test_a_download_at_the_console_ends(
    mesh: Mesh,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    role: PeerRole,
    answers: Callable[[Asked], None],
    words: tuple[str, ...],
) -> None:
    """And leaves nothing on the disk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(list_download, "MAX_LIST", 40_000)
    folder = mesh.files(PeerRole.VERIFIER, "tax-office").certificate.parent
    with h2_service(mesh.files(role), answers) as service:
        reached = ("--target", f"127.0.0.1:{service.port}", "--credentials", str(folder))
        with pytest.raises(OpenJpkiError) as refused:
            program()([*words, *reached], prog_name="openjpki", standalone_mode=False)
    assert refused.value.reason is Reason.MESSAGE_TOO_LARGE
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
