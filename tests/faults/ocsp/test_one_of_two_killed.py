"""One of two replicas is killed under load: whoever asks the other one then is answered."""

from __future__ import annotations

import itertools
import uuid
from contextlib import ExitStack
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.config.clock import SystemClock
from openjpki.rpc.client.channel import TypedChannel, open_channel
from openjpki.rpc.identity.roles import PeerRole
from tests.support.agreements import agreed_by, proposal
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, issue_request, person_key, running_ca
from tests.support.callers import Callers
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_process import OcspProcess, write_settings
from tests.support.ocsp_service import VERIFIER, make_settings, revocation, until
from tests.support.postgres import postgres_server, postgres_url
from tests.support.responder_keys import enrol_replica
from tests.support.schemas import put_schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.api.ca.v1 import ca_pb2
    from tests.support.ca_service import RunningCa

__all__ = ["postgres_server", "postgres_url"]

_CALLERS = 4
GOOD, REVOKED = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED


def asked(url: str, der: bytes) -> ocsp.OCSPCertStatus | None:
    """The status over HTTP, if it is told."""
    request = Request(url, der, {"Content-Type": "application/ocsp-request"})  # noqa: S310
    with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own URL
        response = ocsp.load_der_ocsp_response(answer.read())
    if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return None
    return response.certificate_status


class Replicas:
    """Two of one ca over one database, and a verifier who knows where both are."""

    def __init__(self, folder: Path, ca: RunningCa, database_url: str) -> None:
        self._folder, self._ca, self._url = folder, ca, database_url
        self._numbers = itertools.count()
        self._turns = itertools.count()
        self._started: list[OcspProcess] = []
        self.known = [self.start(), self.start()]
        """Those that the verifier knows."""
        self._register()

    def start(self) -> OcspProcess:
        """One more, on other ports and with a key of its own."""
        folder = self._folder / f"replica-{next(self._numbers)}"
        folder.mkdir()
        target = f"127.0.0.1:{self._ca.service.server.port}"
        settings = make_settings(folder, self._url, self._ca.mesh, target)
        enrol_replica(self._ca.settings.database.read_url(), settings)
        put_schema_of(settings.database, "ocsp")
        process = OcspProcess(write_settings(folder / "ocsp.toml", settings))
        self._started.append(process)
        return process

    def ask(self, der: bytes) -> ocsp.OCSPCertStatus:
        """One of them in turn; after a failure, once, the other."""
        urls = [one.url for one in self.known]
        first = next(self._turns) % len(urls)
        try:
            status = asked(urls[first], der)
        except (OSError, HTTPException):
            # Refused, ended, or ended in the middle of the answer.
            status = asked(urls[(first + 1) % len(urls)], der)
        assert status is not None, "no status was told"
        return status

    def each_tells(self, der: bytes, status: ocsp.OCSPCertStatus) -> None:
        """Wait until all do."""
        for one in self.known:
            until(lambda url=one.url: asked(url, der) is status)  # type: ignore[misc]

    def end(self) -> None:
        """Whoever still runs."""
        for one in self._started:
            one.end()

    def _register(self) -> None:
        verifier = ocsp_pb2.Verifier(
            verifier_id=VERIFIER,
            display_name="国税庁",
            authority_ids=[TOYAMA],
            closed_networks=["127.0.0.0/8"],
        )
        with self._as(PeerRole.OPERATOR, "ocsp", "operator-1") as channel:
            ocsp_pb2_grpc.VerifierRegistryServiceStub(channel).PutVerifier(
                ocsp_pb2.PutVerifierRequest(request_id=str(uuid.uuid4()), verifier=verifier)
            )
        officer = PeerRole.GOVERNOR_OFFICER
        with (
            self._as(officer, TOYAMA, "mori") as one,
            self._as(officer, TOYAMA, "hayashi") as other,
        ):
            agreed_by(
                ocsp_pb2_grpc.AgreementServiceStub(one),
                ocsp_pb2_grpc.AgreementServiceStub(other),
                proposal(VERIFIER, TOYAMA, SystemClock().now()),
            )

    def _as(self, role: PeerRole, scope: str, subject: str) -> TypedChannel:
        files = self._ca.mesh.issue(role, scope, subject)
        return open_channel(
            f"127.0.0.1:{self.known[0].port}",
            files.write(self._folder / subject),
            expect_role=PeerRole.OCSP,
            trust_domain=TRUST_DOMAIN,
        )


@pytest.fixture
def ca(tmp_path: Path) -> Iterator[RunningCa]:
    (tmp_path / "ca").mkdir()
    url = f"sqlite:///{tmp_path / 'ca.db'}"
    with running_ca(tmp_path / "ca", url, authorities=(TOYAMA,)) as running:
        yield running


def question(issued: ca_pb2.IssueCertificateResponse) -> bytes:
    return request_for(issued.serial, issued.authority_certificate)


@pytest.mark.requirement("R4.1.1")
def test_no_query_fails_after_one_retry(ca: RunningCa, tmp_path: Path, postgres_url: str) -> None:
    stub = ca.certificates()
    good, other = (
        stub.IssueCertificate(issue_request(person_key(), person=person))
        for person in ("good", "other")
    )
    with ExitStack() as stack:
        replicas = Replicas(tmp_path, ca, postgres_url)
        stack.callback(replicas.end)
        for one in (good, other):
            replicas.each_tells(question(one), GOOD)

        def work() -> None:
            status = replicas.ask(question(good))
            assert status is GOOD, status

        callers = Callers([work] * _CALLERS)
        stack.callback(callers.stop)
        callers.go_on()
        killed, survivor = replicas.known
        killed.kill()
        callers.go_on()
        # The one that is left hears of what happens as before.
        stub.RevokeCertificate(revocation(other.serial))
        until(lambda: asked(survivor.url, question(other)) is REVOKED)
        # Another takes its place before the one that is left goes too.
        new = replicas.start()
        until(lambda: asked(new.url, question(good)) is GOOD)
        assert asked(new.url, question(other)) is REVOKED
        replicas.known = [survivor, new]
        callers.go_on()
        survivor.kill()
        callers.go_on()
        callers.stop()
        assert callers.lost == []
