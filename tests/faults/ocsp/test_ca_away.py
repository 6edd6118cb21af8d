"""ca is gone: status goes on, says as of when it is true, and ends where policy says."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.policy import OcspPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.ocsp.status_calls import STATUS_SERVICE
from openjpki.telemetry.metrics import REGISTRY
from tests.faults.ocsp.conftest import FRESHNESS, told
from tests.support.ca_service import TOYAMA, issue_request, person_key
from tests.support.mesh import SettableClock
from tests.support.ocsp_service import RunningOcsp, revocation, running_ocsp, until
from tests.support.openssl import openssl
from tests.support.probing import is_serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.ocsp.conftest import KilledCa

GOOD = revocation_pb2.CERTIFICATE_STATUS_GOOD
REVOKED = revocation_pb2.CERTIFICATE_STATUS_REVOKED
UNKNOWN = revocation_pb2.CERTIFICATE_STATUS_UNKNOWN
NEVER_ISSUED = b"\x05"
JUDGE = Path(__file__).parent / "programs" / "OcspJudge.java"
BOUND = OcspPolicy().max_staleness
LIFETIME = OcspPolicy().response_lifetime


class Left:
    """A replica and two certificates, one of them revoked, when ca has gone."""

    def __init__(self, folder: Path, ca: KilledCa, replica: RunningOcsp, clock: SettableClock):
        self.ca, self.replica, self.clock = ca, replica, clock
        self._folder = folder
        ca.live()
        until(lambda: replica.ready)
        replica.register(networks=("127.0.0.0/8",))
        stub = ca.certificates()
        good, revoked = (
            stub.IssueCertificate(issue_request(person_key(), person=person))
            for person in ("good", "revoked")
        )
        stub.RevokeCertificate(revocation(revoked.serial))
        self.good, self.revoked = good.serial, revoked.serial
        self._certificates = {
            one.serial: x509.load_der_x509_certificate(one.certificate) for one in (good, revoked)
        }
        self.authority = x509.load_der_x509_certificate(good.authority_certificate)
        for name, certificate in (
            ("good", self._certificates[self.good]),
            ("revoked", self._certificates[self.revoked]),
            ("authority", self.authority),
        ):
            pem = certificate.public_bytes(serialization.Encoding.PEM)
            (folder / f"{name}.pem").write_bytes(pem)
        until(lambda: told(replica, self.revoked) == REVOKED)
        until(lambda: told(replica, NEVER_ISSUED) == UNKNOWN)
        ca.lives[-1].kill()
        self.gone_at = datetime.now(UTC)
        until(lambda: self.is_not_heard_of(NEVER_ISSUED))

    def check(self, serial: bytes) -> ocsp_pb2.CheckResponse:
        request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial)
        answer: ocsp_pb2.CheckResponse = self.replica.status().Check(request)
        return answer

    def is_refused(self, serial: bytes, reason: Reason = Reason.FEED_NOT_READY) -> bool:
        try:
            self.check(serial)
        except OpenJpkiError as error:
            assert error.reason is reason  # noqa: PT017
            return True
        return False

    def is_not_heard_of(self, serial: bytes) -> bool:
        return self.is_refused(serial, Reason.CERTIFICATE_NOT_HEARD_OF)

    def batch(self) -> bytes:
        """Statuses of the good one, the revoked one, and of a number never issued."""
        request = ocsp_pb2.CheckBatchRequest(
            authority_id=TOYAMA, serials=[self.good, self.revoked, NEVER_ISSUED]
        )
        answer = self.replica.status().CheckBatch(request)
        return bytes(answer.statuses)

    def ask(
        self, serial: bytes, algorithm: hashes.HashAlgorithm | None = None
    ) -> ocsp.OCSPResponse:
        """Over HTTP, with a CertID by SHA-256 or another algorithm."""
        algorithm = algorithm or hashes.SHA256()
        key = self.authority.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.PKCS1
        )
        name, key_hash = (
            _digest(algorithm, octets) for octets in (self.authority.subject.public_bytes(), key)
        )
        builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
            name, key_hash, int.from_bytes(serial, "big"), algorithm
        )
        der = builder.build().public_bytes(serialization.Encoding.DER)
        return ocsp.load_der_ocsp_response(self.replica.post(der))

    def life(self, serial: bytes) -> tuple[datetime, datetime]:
        """thisUpdate and nextUpdate."""
        answer = self.ask(serial)
        assert answer.next_update_utc is not None
        return answer.this_update_utc, answer.next_update_utc

    def judged(self, name: str) -> None:
        """openssl and ocsptool, which know nothing of us, ask about a certificate and take the
        answer."""
        url = self.replica.url
        asked = f"ocsp -url {url} -CAfile authority.pem -issuer authority.pem -cert {name}.pem"
        by_openssl = openssl(self._folder, asked)
        assert "Response verify OK" in by_openssl.stderr, by_openssl.stderr
        assert f"{name}.pem: {name}" in by_openssl.stdout, by_openssl.stdout
        assert "WARNING" not in by_openssl.stdout + by_openssl.stderr
        by_gnutls = subprocess.run(
            [
                "ocsptool",
                f"--ask={url}",
                "--load-issuer=authority.pem",
                f"--load-cert={name}.pem",
                "--load-trust=authority.pem",
            ],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = by_gnutls.stdout + by_gnutls.stderr
        assert f"Certificate Status: {name}" in said, said
        assert "Verifying OCSP Response: Success" in said, said
        assert by_gnutls.returncode == 0, said

    def judged_by_java(self, serial: bytes) -> str:
        """What Java says of the path to a certificate with our answer as its only word on
        revocation."""
        # Java looks for its CertID by SHA-1.
        answer = self.ask(serial, hashes.SHA1())  # noqa: S303
        (self._folder / "answer.der").write_bytes(answer.public_bytes(serialization.Encoding.DER))
        name = "good" if serial == self.good else "revoked"
        done = subprocess.run(
            ["java", str(JUDGE), "authority.pem", f"{name}.pem", "answer.der"],
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def is_serving(self, service: str = "") -> bool:
        return is_serving(self.replica.service.server.health.port, service)


def _digest(algorithm: hashes.HashAlgorithm, octets: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(octets)
    return digest.finalize()


@contextmanager
def replica_of(folder: Path, ca: KilledCa, clock: SettableClock) -> Iterator[RunningOcsp]:
    with running_ocsp(
        folder,
        f"sqlite:///{folder / 'ocsp.db'}",
        ca.mesh,
        f"127.0.0.1:{ca.port}",
        clock=clock,
        wait=False,
        ca_url=ca.ca_url,
        freshness=FRESHNESS,
    ) as running:
        yield running


@pytest.fixture
def left(killed: KilledCa, tmp_path: Path) -> Iterator[Left]:
    clock = SettableClock()
    with replica_of(tmp_path, killed, clock) as running:
        yield Left(tmp_path, killed, running, clock)


@pytest.mark.requirement("R4.1.1")
def test_answers_outlive_ca_and_say_as_of_when(left: Left) -> None:
    answer = left.check(left.good)
    assert answer.status == GOOD
    assert answer.as_of <= left.gone_at.timestamp()
    assert left.batch() == bytes([GOOD, REVOKED, 0])
    as_of, _ = left.life(left.good)
    assert as_of.timestamp() == answer.as_of
    for name in ("good", "revoked"):
        left.judged(name)
    assert left.ask(NEVER_ISSUED).response_status is ocsp.OCSPResponseStatus.TRY_LATER
    # Whoever watches would take silence for "nothing changed".
    watched = ocsp_pb2.WatchRequest(authority_id=TOYAMA, serials=[left.good])
    with pytest.raises(OpenJpkiError) as refusal:
        next(left.replica.status().Watch(watched))
    assert refusal.value.reason is Reason.FEED_NOT_READY
    assert left.is_serving()
    assert left.is_serving(STATUS_SERVICE)


@pytest.mark.skipif(shutil.which("java") is None, reason="needs java")
@pytest.mark.requirement("R4.1.1")
def test_java_takes_the_answers_too(left: Left) -> None:
    assert left.judged_by_java(left.good) == "good"
    assert left.judged_by_java(left.revoked) == "REVOKED"


@pytest.mark.requirement("R4.1.1")
def test_good_ends_at_the_bound_and_revoked_never(left: Left) -> None:
    as_of, _ = left.life(left.good)
    for age in (timedelta(hours=1), BOUND - timedelta(minutes=2)):
        left.clock.offset = age
        this_update, next_update = left.life(left.good)
        assert this_update == as_of
        assert left.clock.now() < next_update <= min(as_of + BOUND, left.clock.now() + LIFETIME)
        assert left.check(left.good).as_of == as_of.timestamp()
    lag = REGISTRY.get_sample_value("openjpki_feed_lag_seconds", {"authority": TOYAMA})
    bound = REGISTRY.get_sample_value(
        "openjpki_status_max_staleness_seconds", {"authority": TOYAMA}
    )
    assert lag is not None
    assert bound == BOUND.total_seconds()
    assert bound - 120 <= lag < bound
    left.clock.offset = BOUND
    assert left.ask(left.good).response_status is ocsp.OCSPResponseStatus.TRY_LATER
    assert left.is_refused(left.good)
    assert left.is_not_heard_of(NEVER_ISSUED)
    assert left.batch() == bytes([0, REVOKED, 0])
    for age in (BOUND, timedelta(hours=20)):
        left.clock.offset = age
        assert left.check(left.revoked).status == REVOKED
        this_update, next_update = left.life(left.revoked)
        assert this_update == as_of
        assert left.clock.now() < next_update <= left.clock.now() + LIFETIME
    # Kubernetes keeps the replica, and sends verifiers to it: there is no better one.
    until(lambda: not left.is_serving(STATUS_SERVICE))
    assert left.is_serving()


@pytest.mark.requirement("R4.1.1")
def test_ca_comes_back_and_everything_is_current_again(left: Left) -> None:
    left.clock.offset = BOUND
    until(lambda: not left.is_serving(STATUS_SERVICE))
    before = left.check(left.revoked).as_of
    left.ca.live()
    left.clock.offset = timedelta(0)
    left.ca.certificates().RevokeCertificate(revocation(left.good))
    until(lambda: told(left.replica, left.good) == REVOKED)
    until(lambda: told(left.replica, NEVER_ISSUED) == UNKNOWN)
    assert left.check(left.good).as_of > before
    until(lambda: left.is_serving(STATUS_SERVICE))


def test_a_replica_that_starts_without_ca_says_nothing(
    left: Left, killed: KilledCa, tmp_path: Path
) -> None:
    """Its index was in memory: it calls nothing good, unknown or revoked, and takes no calls."""
    (tmp_path / "second").mkdir()
    with replica_of(tmp_path / "second", killed, left.clock) as second:
        second.register(networks=("127.0.0.0/8",))
        left.replica = second
        for serial in (left.good, left.revoked, NEVER_ISSUED):
            assert left.is_refused(serial)
            assert left.ask(serial).response_status is ocsp.OCSPResponseStatus.TRY_LATER
        assert not left.is_serving()
