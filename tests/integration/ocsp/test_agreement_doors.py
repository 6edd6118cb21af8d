"""A verifier's every door, asked at the replica where nobody changed anything (R4.3)."""

from __future__ import annotations

import http.client
import ssl
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.agreements import agree, as_officer
from tests.support.ca_service import TOYAMA, running_ca
from tests.support.mesh import SettableClock
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import (
    VERIFIER,
    running_ocsp,
    until,
    with_patient_connections,
)
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.ocsp_service import RunningOcsp

SERIAL = b"\x05"
"""Of no certificate, which is an answer too."""
LOCAL = "127.0.0.0/8"
OCSP = {"Content-Type": "application/ocsp-request"}
HALF_AN_HOUR = timedelta(minutes=30)


class Doors:
    """Of one replica: connections that are opened once, and stay."""

    def __init__(self, replica: RunningOcsp, folder: Path) -> None:
        self._replica = replica
        authority = replica.issuer_certificate(TOYAMA)
        self._plain = request_for(SERIAL, authority)
        self._signed = signed_request(folder, authority)
        server = replica.service.http
        self._http = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        files = replica.mesh.issue(PeerRole.VERIFIER, VERIFIER).write(folder / "https")
        context = ssl.create_default_context(cadata=replica.mesh.trust_bundle.decode())
        context.load_cert_chain(files.certificate, files.private_key)
        self._https = http.client.HTTPSConnection(
            "localhost", server.https_port, context=context, timeout=60
        )

    @property
    def all(self) -> dict[str, Callable[[], bool]]:
        """Whether each is open, by its name."""
        return {
            "network": lambda: self._answered(self._http, self._plain),
            "signature": lambda: self._answered(self._http, self._signed),
            "certificate": lambda: self._answered(self._https, self._plain),
            "call": self._called,
            "list": lambda: self._handed_out(self._http),
            "list by certificate": lambda: self._handed_out(self._https),
        }

    def are(self, *, open: bool) -> None:  # noqa: A002
        """Wait until all are, or none is; each is asked over the connection that it was first."""
        for name, is_open in self.all.items():
            assert until(lambda is_open=is_open: is_open() is open), name  # type: ignore[misc]

    def watch(self) -> Watch:
        """A stream that has begun."""
        request = pb.WatchRequest(authority_id=TOYAMA, serials=[SERIAL])
        stream = self._replica.status().Watch(request, timeout=120)
        next(stream)
        return Watch(stream)

    def close(self) -> None:
        self._http.close()
        self._https.close()

    def _answered(self, connection: http.client.HTTPConnection, der: bytes) -> bool:
        before = connection.sock
        connection.request("POST", "/", der, OCSP)
        told = ocsp.load_der_ocsp_response(connection.getresponse().read()).response_status
        assert before is None or connection.sock is before
        # On a busy machine the replica may not have heard from ca for too long.
        assert told in {
            ocsp.OCSPResponseStatus.SUCCESSFUL,
            ocsp.OCSPResponseStatus.UNAUTHORIZED,
            ocsp.OCSPResponseStatus.TRY_LATER,
        }
        return told is not ocsp.OCSPResponseStatus.UNAUTHORIZED

    def _handed_out(self, connection: http.client.HTTPConnection) -> bool:
        before = connection.sock
        connection.request("GET", f"/lists/{TOYAMA}/1/16201.crl")
        answer = connection.getresponse()
        answer.read()
        assert before is None or connection.sock is before
        # It may not have been made yet, or not come in time: who may not have it is not told so.
        assert answer.status in {200, 403, 404, 503}
        return answer.status != 403

    def _called(self) -> bool:
        single = pb.CheckRequest(authority_id=TOYAMA, serial=SERIAL)
        batch = pb.CheckBatchRequest(authority_id=TOYAMA, serials=[SERIAL])
        stub = self._replica.status()
        told = {refusal(lambda: stub.Check(single)), refusal(lambda: stub.CheckBatch(batch))}
        # On a busy machine the replica may not have heard from ca for too long.
        return told <= {None, Reason.FEED_NOT_READY, Reason.CERTIFICATE_NOT_HEARD_OF}


@dataclass
class Watch:
    """A stream of changes."""

    stream: Iterator[pb.WatchResponse]

    def ends(self) -> Reason:
        """Why, once it has."""
        with pytest.raises(OpenJpkiError) as ended:
            for _ in self.stream:
                pass
        return ended.value.reason


def refusal(call: Callable[[], object]) -> Reason | None:
    try:
        call()
    except OpenJpkiError as error:
        return error.reason
    return None


def signed_request(folder: Path, authority: bytes) -> bytes:
    """By signer.key."""
    (folder / "authority.pem").write_bytes(
        x509.load_der_x509_certificate(authority).public_bytes(Encoding.PEM)
    )
    made = openssl(
        folder,
        f"ocsp -issuer authority.pem -serial {int.from_bytes(SERIAL, 'big')} -signer signer.pem"
        " -signkey signer.key -no_nonce -reqout signed.der",
    )
    assert made.returncode == 0, made.stderr
    return (folder / "signed.der").read_bytes()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def replicas(
    tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[RunningOcsp]]:
    """Two with one database; the verifier is registered with all its doors, and nothing agreed."""
    with_patient_connections(monkeypatch)
    for name in ("ca", "a", "b"):
        (tmp_path / name).mkdir()
    made = openssl(
        tmp_path,
        "req -x509 -newkey rsa:2048 -nodes -keyout signer.key -out signer.pem -days 30"
        " -subj /CN=signer",
    )
    assert made.returncode == 0, made.stderr
    signer = x509.load_pem_x509_certificate((tmp_path / "signer.pem").read_bytes())
    ca_url, url = (f"sqlite:///{tmp_path / name}.db" for name in ("ca", "ocsp"))
    with running_ca(tmp_path / "ca", ca_url) as ca:
        target = f"127.0.0.1:{ca.service.server.port}"
        with (
            running_ocsp(tmp_path / "a", url, ca.mesh, target, ca_url=ca_url, clock=clock) as one,
            running_ocsp(tmp_path / "b", url, ca.mesh, target, ca_url=ca_url, clock=clock) as other,
        ):
            one.enter(signers=[signer.public_bytes(Encoding.DER)], networks=[LOCAL])
            yield [one, other]


@pytest.fixture
def doors(replicas: list[RunningOcsp], tmp_path: Path) -> Iterator[Doors]:
    made = Doors(replicas[1], tmp_path)
    yield made
    made.close()


@pytest.mark.requirement("R4.3")
def test_every_door_opens_and_shuts_by_what_was_agreed_elsewhere(
    replicas: list[RunningOcsp], doors: Doors
) -> None:
    one = replicas[0]
    doors.are(open=False)
    agree(one, VERIFIER, TOYAMA)
    doors.are(open=True)
    watch = doors.watch()
    as_officer(one, TOYAMA, "mori").SuspendAgreement(
        pb.SuspendAgreementRequest(
            request_id=str(uuid.uuid4()), verifier_id=VERIFIER, authority_id=TOYAMA
        )
    )
    assert watch.ends() is Reason.OUT_OF_SCOPE
    doors.are(open=False)
    agree(one, VERIFIER, TOYAMA)
    doors.are(open=True)
    # A way alone is taken away.
    watch = doors.watch()
    agree(one, VERIFIER, TOYAMA, ways=[pb.PROVIDING_WAY_OCSP_HTTP])
    assert watch.ends() is Reason.OUT_OF_SCOPE
    assert {name: is_open() for name, is_open in doors.all.items()} == {
        "network": True,
        "signature": True,
        "certificate": True,
        "call": False,
        "list": False,
        "list by certificate": False,
    }
    agree(one, VERIFIER, TOYAMA, ways=[pb.PROVIDING_WAY_LISTS])
    until(doors.all["list"])
    open_now = {name for name, is_open in doors.all.items() if is_open()}
    assert open_now == {"list", "list by certificate"}
    agree(one, VERIFIER, TOYAMA, ways=[pb.PROVIDING_WAY_GRPC])
    until(doors.all["call"])
    assert {name for name, is_open in doors.all.items() if is_open()} == {"call"}


@pytest.mark.requirement("R4.3")
def test_every_door_shuts_when_its_time_is_over(
    replicas: list[RunningOcsp], doors: Doors, clock: SettableClock
) -> None:
    """Nobody does anything."""
    ends = clock.now().replace(microsecond=0) + HALF_AN_HOUR
    agree(replicas[0], VERIFIER, TOYAMA, not_after=ends)
    doors.are(open=True)
    watch = doors.watch()
    clock.offset = HALF_AN_HOUR
    assert watch.ends() is Reason.OUT_OF_SCOPE
    assert not any(is_open() for is_open in doors.all.values())
