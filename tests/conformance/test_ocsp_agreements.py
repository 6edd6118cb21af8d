"""An agreement that begins and ends while connections are open, as openssl sees it too (R4.3)."""

from __future__ import annotations

import http.client
import socket
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import ocsp

from openjpki.api.ocsp.v1 import ocsp_pb2 as pb
from openjpki.api.types.v1 import revocation_pb2
from tests.support.agreements import agree, as_officer
from tests.support.ca_service import TOYAMA
from tests.support.http2_frames import PREFACE
from tests.support.judged_responder import LOCAL
from tests.support.mesh import SettableClock
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_http2 import answer, post
from tests.support.ocsp_service import VERIFIER, running_pair, until, with_patient_connections
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.ocsp_service import Pair

GOOD, REFUSED = ocsp.OCSPResponseStatus.SUCCESSFUL, ocsp.OCSPResponseStatus.UNAUTHORIZED
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def pair(tmp_path: Path, clock: SettableClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    with_patient_connections(monkeypatch)
    (tmp_path / "ca").mkdir()
    urls = [f"sqlite:///{tmp_path / name}.db" for name in ("ca", "ocsp")]
    with running_pair(tmp_path, *urls, clock=clock) as running:
        running.ocsp.register(networks=LOCAL)
        yield running


class Asking:
    """One certificate, over two connections that stay open and by openssl, which opens its own."""

    def __init__(self, pair: Pair, folder: Path) -> None:
        self._folder, self._url = folder, pair.ocsp.url
        serial = bytes(pair.issue().serial)
        good = revocation_pb2.CERTIFICATE_STATUS_GOOD
        until(lambda: pair.check(serial).status == good)
        authority = pair.ocsp.issuer_certificate(TOYAMA)
        self._der = request_for(serial, authority)
        (folder / "authority.der").write_bytes(authority)
        openssl(folder, "x509 -inform DER -in authority.der -out authority.pem")
        self._serial = int.from_bytes(serial, "big")
        port = pair.ocsp.service.http.port
        self.kept = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.second = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.second.sendall(PREFACE)
        self._stream = -1

    def answers(self) -> set[ocsp.OCSPResponseStatus]:
        """Of all, and no connection was opened anew."""
        before = self.kept.sock
        headers = {"Content-Type": "application/ocsp-request"}
        self.kept.request("POST", "/", self._der, headers)
        first = self.kept.getresponse().read()
        assert before is None or self.kept.sock is before
        self._stream += 2
        self.second.sendall(post(self._der, self._stream))
        second = answer(self.second, self._stream)
        done = openssl(
            self._folder,
            f"ocsp -url {self._url} -CAfile authority.pem -issuer authority.pem"
            f" -serial {self._serial} -no_nonce",
        )
        refused = "unauthorized" in done.stdout + done.stderr
        third = REFUSED if refused else GOOD
        assert refused or "Response verify OK" in done.stderr, done.stderr
        read = [ocsp.load_der_ocsp_response(each).response_status for each in (first, second)]
        return {*read, third}

    def close(self) -> None:
        self.kept.close()
        self.second.close()


@pytest.fixture
def asking(pair: Pair, tmp_path: Path) -> Iterator[Asking]:
    one = Asking(pair, tmp_path)
    yield one
    one.close()


def suspend(pair: Pair) -> None:
    as_officer(pair.ocsp, TOYAMA, "mori").SuspendAgreement(
        pb.SuspendAgreementRequest(
            request_id=str(uuid.uuid4()), verifier_id=VERIFIER, authority_id=TOYAMA
        )
    )


@pytest.mark.requirement("R4.3")
def test_open_connections_see_every_change(
    pair: Pair, clock: SettableClock, asking: Asking
) -> None:
    ends = clock.now().replace(microsecond=0) + HALF_AN_HOUR
    agree(pair.ocsp, VERIFIER, TOYAMA, not_after=ends)
    assert asking.answers() == {GOOD}
    suspend(pair)
    assert asking.answers() == {REFUSED}
    agree(pair.ocsp, VERIFIER, TOYAMA, not_after=ends)
    assert asking.answers() == {GOOD}
    agree(pair.ocsp, VERIFIER, TOYAMA, not_after=ends, ways=[pb.PROVIDING_WAY_LISTS])
    assert asking.answers() == {REFUSED}
    agree(pair.ocsp, VERIFIER, TOYAMA, not_after=ends, ways=[pb.PROVIDING_WAY_OCSP_HTTP])
    assert asking.answers() == {GOOD}
    # Nobody does anything: its time is over.
    clock.offset = HALF_AN_HOUR
    assert asking.answers() == {REFUSED}
