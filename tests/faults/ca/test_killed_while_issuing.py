"""kill -9 at every step of an issuance: nothing is lost, doubled or half-made."""

from __future__ import annotations

import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.storage.ca import certificates
from openjpki.storage.kernel.journal import SqlJournal
from tests.support.bridge_officers import signed_for_ca
from tests.support.ca_books import assert_whole, open_intents, stored
from tests.support.ca_service import TOYAMA, issue_request, person_key, request_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.faults.ca.conftest import Installation
    from tests.support.ca_process import CaProcess

NOTHING_YET = ["serial reserved", "bytes built"]
INTENT_KEPT = ["intent stored", "signed", "storing"]
ALL_DONE = ["stored"]


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return person_key()


@pytest.mark.requirement("R1.3.4")
@pytest.mark.parametrize("step", NOTHING_YET + INTENT_KEPT + ALL_DONE)
def test_killed_at_each_step(installation: Installation, key: rsa.RSAPrivateKey, step: str) -> None:
    request = issue_request(key)
    dying = installation.running(killed_at=step)
    with pytest.raises(OpenJpkiError) as broken:
        installation.certificates(dying).IssueCertificate(request, timeout=60)
    assert broken.value.reason is Reason.SERVICE_UNAVAILABLE
    assert dying.was_killed()
    intents, before = (
        open_intents(installation.database, TOYAMA),
        stored(installation.database, TOYAMA),
    )
    assert len(intents) == (1 if step in INTENT_KEPT else 0)
    assert len(before) == (1 if step in ALL_DONE else 0)

    process = installation.running()
    recovered = stored(installation.database, TOYAMA)
    # Every certificate that may have been signed is there before the service answers anybody.
    assert {*recovered} == {*intents, *before}
    stub = installation.certificates(process)
    answer = stub.IssueCertificate(request, timeout=60)
    assert stub.IssueCertificate(request, timeout=60) == answer
    if recovered:
        assert recovered == {answer.serial: answer.certificate}
    assert before in ({}, recovered)
    assert_whole(installation.database, TOYAMA)


@pytest.mark.requirement("R2.7")
@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["bytes built", "intent stored", "storing", "stored"])
def test_killed_at_each_step_of_a_renewal(
    installation: Installation, key: rsa.RSAPrivateKey, step: str
) -> None:
    """Never two in force, never none: the old one ends when the new one is there."""
    first = issue_request(key)
    preparing = installation.running()
    old = installation.certificates(preparing).IssueCertificate(first, timeout=60).serial
    preparing.stop()
    request = issue_request(person_key(), renews=old)
    dying = installation.running(killed_at=step)
    with pytest.raises(OpenJpkiError):
        installation.certificates(dying).IssueCertificate(request, timeout=60)
    assert dying.was_killed()
    after = in_force(installation)
    assert len(after) == 1
    assert (after == {old}) is (step not in ALL_DONE)

    process = installation.running()
    recovered = in_force(installation)
    assert len(recovered) == 1
    assert (recovered == {old}) is (step in NOTHING_YET)
    stub = installation.certificates(process)
    answer = stub.IssueCertificate(request, timeout=60)
    assert stub.IssueCertificate(request, timeout=60) == answer
    assert in_force(installation) == {answer.serial}
    with installation.database.reading() as tx:
        acts = [one.act for one in SqlJournal().read_all(tx, TOYAMA)]
    assert acts.count("certificate.revoked") == 1
    assert_whole(installation.database, TOYAMA)


def in_force(installation: Installation) -> set[bytes]:
    """Serial numbers of what is stored and not revoked."""
    with installation.database.reading() as tx:
        return {
            serial
            for serial in stored(installation.database, TOYAMA)
            if not certificates.is_revoked(tx, AuthorityId.parse(TOYAMA), serial)
        }


@pytest.mark.parametrize("step", ["signed", "storing"])
def test_killed_again_while_recovering(
    installation: Installation, key: rsa.RSAPrivateKey, step: str
) -> None:
    request = issue_request(key)
    dying = installation.running(killed_at="intent stored")
    with pytest.raises(OpenJpkiError):
        installation.certificates(dying).IssueCertificate(request, timeout=60)
    assert dying.was_killed()
    (intent,) = open_intents(installation.database, TOYAMA)
    for _ in range(2):
        again = installation.start(killed_at=step)
        assert not again.wait_until_ready()
        assert again.was_killed()
        assert open_intents(installation.database, TOYAMA) == [intent]
    answer = installation.certificates(installation.running()).IssueCertificate(request, timeout=60)
    assert answer.serial == intent
    assert_whole(installation.database, TOYAMA)


@pytest.mark.parametrize("step", ["intent stored", "signed"])
@pytest.mark.parametrize("kind", ["responder", "cross"])
def test_killed_while_certifying_services(
    installation: Installation, key: rsa.RSAPrivateKey, kind: str, step: str
) -> None:
    role = PeerRole.OCSP if kind == "responder" else PeerRole.BRIDGE

    def call(process: CaProcess) -> bytes:
        stub = installation.authorities(process, role)
        if kind == "responder":
            return stub.IssueResponderCertificate(responder, timeout=60).certificate
        return stub.IssueCrossCertificate(cross, timeout=60).certificate

    responder = ca_pb2.IssueResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        certification_request=request_of(key),
    )
    cross = ca_pb2.IssueCrossCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        certification_request=request_of(key, authority=True),
        policy_mappings=[
            ca_pb2.PolicyMapping(issuer_domain_policy="1.2.3.4", subject_domain_policy="1.2.3.5")
        ],
    )
    signed_for_ca(cross)
    dying = installation.running(killed_at=step)
    with pytest.raises(OpenJpkiError):
        call(dying)
    assert dying.was_killed()
    (intent,) = open_intents(installation.database, TOYAMA)
    process = installation.running()
    assert {*stored(installation.database, TOYAMA)} == {intent}
    assert call(process) == stored(installation.database, TOYAMA)[intent]
    assert_whole(installation.database, TOYAMA)


def test_killed_under_load(installation: Installation) -> None:
    """Three kills at any moment while six windows issue; every window gets its certificate."""
    requests = [issue_request(person_key(), person=str(number)) for number in range(12)]
    answers: dict[str, set[bytes]] = {request.request_id: set() for request in requests}
    process = installation.running()
    current = [installation.certificates(process)]
    over = threading.Event()

    def window(request: ca_pb2.IssueCertificateRequest) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                answer = current[0].IssueCertificate(request, timeout=60)
            except OpenJpkiError as error:
                assert error.reason in {Reason.SERVICE_UNAVAILABLE, Reason.CANCELLED}  # noqa: PT017
                time.sleep(0.05)
                continue
            answers[request.request_id].add(answer.certificate)
            if over.is_set():
                return
            time.sleep(0.01)

    with ThreadPoolExecutor(6) as pool:
        windows = [pool.submit(window, request) for request in requests]
        chance = random.Random(7)  # noqa: S311 - a test's moment, not a secret
        for _ in range(3):
            time.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process = installation.running()
            current[0] = installation.certificates(process)
        over.set()
        for done in windows:
            done.result(150)
    assert all(len(found) == 1 for found in answers.values())
    assert len(set.union(*answers.values())) == len(requests)
    process.stop()
    assert_whole(installation.database, TOYAMA)
