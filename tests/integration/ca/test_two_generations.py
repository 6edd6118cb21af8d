"""Two generations of one authority's key under one name, and what each of them answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.types.v1 import generation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.issuance.recovery import finish_open_intents
from openjpki.storage.ca import generations
from tests.integration.ca.test_authority_service import cross_request, responder_request
from tests.integration.ca.test_revoking import revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key, running_ca
from tests.support.crl_signature import is_signed_by
from tests.support.second_generation import SECOND, change_state, plan_second, take_over

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

AUTHORITY = AuthorityId.parse(TOYAMA)


def own_certificates(ca: RunningCa) -> dict[int, x509.Certificate]:
    """Self-signed ones by generation."""
    with ca.service.ca.database.reading() as tx:
        found = generations.of(tx, AUTHORITY)
    return {one.number: x509.load_der_x509_certificate(one.certificate) for one in found}


def issuer_of(certificate: bytes, own: dict[int, x509.Certificate]) -> int:
    """Which generation's key signed it; its key identifier says the same one."""
    parsed = x509.load_der_x509_certificate(certificate)
    stated = parsed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    found = [number for number, issuer in own.items() if _issued(parsed, issuer)]
    of_id = [
        number
        for number, issuer in own.items()
        if stated.key_identifier
        == issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    ]
    assert found == of_id
    (number,) = found
    return number


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    assert certificate.issuer == issuer.subject
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    return True


def fetch(ca: RunningCa, generation: int = 0) -> x509.CertificateRevocationList:
    request = ca_pb2.GetRevocationListRequest(
        authority_id=TOYAMA, partition="16201", generation=generation
    )
    return x509.load_der_x509_crl(b"".join(m.chunk for m in ca.lists().GetRevocationList(request)))


def test_new_certificates_come_from_the_new_key_and_old_ones_keep_theirs(
    ca: RunningCa, keys: Keys
) -> None:
    stub = ca.certificates()
    first_request = issue_request(keys[0], person="first")
    first = stub.IssueCertificate(first_request)
    plan_second(ca.service.ca, AUTHORITY)
    planned = stub.IssueCertificate(issue_request(keys[1], person="while planned"))
    take_over(ca.service.ca, AUTHORITY)
    second = stub.IssueCertificate(issue_request(keys[2], person="second"))
    own = own_certificates(ca)
    assert [issuer_of(one.certificate, own) for one in (first, planned, second)] == [1, 1, SECOND]
    assert [one.generation for one in (first, planned, second)] == [1, 1, SECOND]
    for one in (first, second):
        assert x509.load_der_x509_certificate(one.authority_certificate) == own[one.generation]
        found = stub.GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=one.serial)
        )
        assert (found.certificate, found.generation) == (one.certificate, one.generation)
    # A retry after the change gets what the first call got, from the first key.
    assert stub.IssueCertificate(first_request) == first


@pytest.mark.requirement("R3.2")
def test_each_generation_signs_the_lists_of_its_own_certificates(ca: RunningCa, keys: Keys) -> None:
    ca.service.jobs.stop()
    stub = ca.certificates()
    first = stub.IssueCertificate(issue_request(keys[0], person="first"))
    ca.service.publisher.publish_authority(AUTHORITY)
    plan_second(ca.service.ca, AUTHORITY)
    take_over(ca.service.ca, AUTHORITY)
    second = stub.IssueCertificate(issue_request(keys[1], person="second"))
    for one in (first, second):
        stub.RevokeCertificate(revocation(one.serial))
    assert ca.service.publisher.publish_authority(AUTHORITY) == 2 * 16
    own, lists = own_certificates(ca), {number: fetch(ca, number) for number in (1, SECOND)}
    assert fetch(ca) == lists[SECOND]
    for number, issued in ((1, first), (SECOND, second)):
        entries = [entry.serial_number for entry in lists[number]]
        assert entries == [int.from_bytes(issued.serial, "big")]
        for key_of, issuer in own.items():
            assert is_signed_by(lists[number], issuer) is (key_of == number)
    numbers = {
        number: crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        for number, crl in lists.items()
    }
    assert (numbers[SECOND], numbers[1] > 1) == (1, True)


def test_certificates_between_authorities_name_their_generation(ca: RunningCa, keys: Keys) -> None:
    plan_second(ca.service.ca, AUTHORITY)
    take_over(ca.service.ca, AUTHORITY)
    stub, bridge, own = ca.authorities(), ca.authorities(PeerRole.BRIDGE), own_certificates(ca)
    of_new = stub.IssueResponderCertificate(responder_request(keys[3]))
    asked = responder_request(keys[4])
    asked.generation = 1
    of_old = stub.IssueResponderCertificate(asked)
    cross = bridge.IssueCrossCertificate(cross_request(keys[5]))
    assert [one.generation for one in (of_new, of_old, cross)] == [SECOND, 1, SECOND]
    assert [issuer_of(one.certificate, own) for one in (of_new, of_old, cross)] == [
        SECOND,
        1,
        SECOND,
    ]
    request = bridge.GetCertificationRequest(
        ca_pb2.GetCertificationRequestRequest(authority_id=TOYAMA)
    )
    offered = x509.load_der_x509_csr(request.certification_request)
    assert offered.public_key() == own[SECOND].public_key()


def test_every_generation_is_listed(ca: RunningCa) -> None:
    plan_second(ca.service.ca, AUTHORITY)

    def listed() -> tuple[int, list[tuple[int, int]], list[bytes]]:
        answer = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
        toyama, kagawa = answer.authorities
        assert kagawa.authority_id == KAGAWA
        assert [one.number for one in kagawa.generations] == [1]
        shown = [one.certificate for one in toyama.generations]
        assert toyama.certificate == shown[toyama.generation - 1]
        return (
            toyama.generation,
            [(one.number, one.state) for one in toyama.generations],
            shown,
        )

    before = listed()
    take_over(ca.service.ca, AUTHORITY)
    after = listed()
    assert before[0] == 1
    assert before[1] == [
        (1, generation_pb2.GENERATION_STATE_ACTIVE),
        (2, generation_pb2.GENERATION_STATE_PLANNED),
    ]
    assert after[0] == SECOND
    assert after[1] == [
        (1, generation_pb2.GENERATION_STATE_RETIRING),
        (2, generation_pb2.GENERATION_STATE_ACTIVE),
    ]
    assert before[2] == after[2]


@pytest.mark.requirement("R3.1.2e", refuses=True)
def test_a_lost_key_signs_nothing_and_its_last_list_stays(ca: RunningCa, keys: Keys) -> None:
    ca.service.jobs.stop()
    ca.service.publisher.publish_authority(AUTHORITY)
    last = fetch(ca, 1)
    change_state(ca.service.ca, AUTHORITY, 1, GenerationState.LOST)
    for call in (
        lambda: ca.certificates().IssueCertificate(issue_request(keys[0])),
        lambda: ca.authorities().IssueResponderCertificate(responder_request(keys[1])),
        lambda: ca.service.publisher.publish(AUTHORITY, "16201", generation=1),
        lambda: fetch(ca),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            call()
        assert refused.value.reason is Reason.AUTHORITY_NOT_ACTIVE
        assert "state" in refused.value.message
    assert ca.service.publisher.publish_authority(AUTHORITY) == 0
    assert fetch(ca, 1) == last


def test_a_generation_that_is_none_is_refused(ca: RunningCa) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        fetch(ca, 3)
    assert (refused.value.reason, refused.value.field) == (
        Reason.GENERATION_NOT_FOUND,
        "generation",
    )


def test_an_intent_is_finished_with_the_key_it_names(tmp_path: Path, database_url: str) -> None:
    broken = ["yes"]

    def checkpoint(step: str) -> None:
        if step == "intent stored" and broken:
            raise OpenJpkiError(Reason.INTERNAL, "the process ends here")

    with running_ca(tmp_path, database_url, authorities=(TOYAMA,), checkpoint=checkpoint) as ca:
        ca.service.jobs.stop()
        request = issue_request(person_key())
        with pytest.raises(OpenJpkiError):
            ca.certificates().IssueCertificate(request)
        plan_second(ca.service.ca, AUTHORITY)
        take_over(ca.service.ca, AUTHORITY)
        broken.clear()
        assert finish_open_intents(ca.service.ca) == 0
        answer = ca.certificates().IssueCertificate(request)
        assert issuer_of(answer.certificate, own_certificates(ca)) == answer.generation == 1
