"""What other services get from an authority."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from sqlalchemy import update

from openjpki.api.ca.v1 import ca_pb2
from openjpki.cli.delegating_key import DelegatingKey
from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityKeyPolicy, AuthorityPolicy
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca.authorities.authority import certificate_of as certificate_of_generation
from openjpki.services.ca.authorities.create_authority import create_authority, set_active
from openjpki.services.ca.authorities.ends import forget, measure_ends
from openjpki.services.common.final_reasons import FINAL_REASONS
from openjpki.storage.ca.tables import authorities
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.telemetry.metrics import REGISTRY
from openjpki.x509.public_key import spki_of
from tests.support.bridge_officers import signed_for_ca
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, request_of
from tests.support.window_officers import sign_issuance

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa


def responder_request(
    key: rsa.RSAPrivateKey, authority_id: str = TOYAMA
) -> ca_pb2.IssueResponderCertificateRequest:
    return ca_pb2.IssueResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority_id,
        certification_request=request_of(key),
    )


def cross_request(
    key: rsa.RSAPrivateKey, *, approved_at: datetime | None = None
) -> ca_pb2.IssueCrossCertificateRequest:
    asked = ca_pb2.IssueCrossCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=TOYAMA,
        certification_request=request_of(key, authority=True, name="Bridge"),
        policy_mappings=[
            ca_pb2.PolicyMapping(
                issuer_domain_policy="1.3.6.1.4.1.32473.8.1.1",
                subject_domain_policy="1.3.6.1.4.1.32473.8.2.1",
            )
        ],
    )
    return signed_for_ca(asked, at=approved_at)


def certificate_of(ca: RunningCa, authority_id: str) -> x509.Certificate:
    answer = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    (found,) = [one for one in answer.authorities if one.authority_id == authority_id]
    return x509.load_der_x509_certificate(found.certificate)


def toyama(ca: RunningCa) -> x509.Certificate:
    return certificate_of(ca, TOYAMA)


@pytest.mark.requirement("R1.3.1", "R9.1.1")
def test_authorities_are_listed_with_their_own_keys(ca: RunningCa) -> None:
    answer = ca.authorities(PeerRole.REGISTRATION).ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    assert [one.authority_id for one in answer.authorities] == [TOYAMA, KAGAWA]
    assert all(one.active and one.policy_oid for one in answer.authorities)
    certificates = [x509.load_der_x509_certificate(one.certificate) for one in answer.authorities]
    for certificate in certificates:
        certificate.verify_directly_issued_by(certificate)
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        assert key.key_size == 2048
    assert certificates[0].public_key() != certificates[1].public_key()


@pytest.mark.requirement("R1.3.1", refuses=True)
def test_a_prefecture_has_one_authority(ca: RunningCa) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        create_authority(
            ca.service.ca, AuthorityId.parse(TOYAMA), AuthorityPolicy(), actor="ceremony"
        )
    assert refusal.value.reason is Reason.AUTHORITY_EXISTS


@pytest.mark.requirement("R1.3.5")
@pytest.mark.requirement("R9.1.1", refuses=True)
def test_policy_below_the_standards_makes_no_authority_and_one_that_meets_them_does(
    ca: RunningCa,
) -> None:
    weak = AuthorityPolicy(authority_key=AuthorityKeyPolicy(bits=1024))
    with pytest.raises(OpenJpkiError) as refusal:
        create_authority(ca.service.ca, AuthorityId.signing("01"), weak, actor="ceremony")
    assert refusal.value.reason is Reason.INVALID_FIELD
    assert refusal.value.field == "policy.authority_key.bits"
    assert "authority/signing-01/1" not in ca.service.ca.keys.backend.labels()
    create_authority(ca.service.ca, AuthorityId.signing("01"), AuthorityPolicy(), actor="ceremony")
    assert "authority/signing-01/1" in ca.service.ca.keys.backend.labels()


def test_key_of_an_interrupted_ceremony_is_taken_up(ca: RunningCa) -> None:
    key = ca.service.ca.keys.backend.generate("authority/signing-01/1", 2048)
    made = create_authority(
        ca.service.ca, AuthorityId.signing("01"), AuthorityPolicy(), actor="ceremony"
    )
    assert spki_of(certificate_of_generation(made.current)) == key.spki_der


@pytest.mark.parametrize(
    "policy", ["{", "[]", '{"version": 1000}', '{"version": 1, "crl": {"period_seconds": "x"}}']
)
def test_an_authority_whose_policy_cannot_be_read_ends_no_other(
    ca: RunningCa, keys: Keys, policy: str
) -> None:
    stub, labels = ca.authorities(), {"table": "authorities"}
    before = REGISTRY.get_sample_value("openjpki_rows_left_out_total", labels) or 0.0
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(
            update(authorities).where(authorities.c.authority_id == KAGAWA).values(policy=policy)
        )
    )
    listed = stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest()).authorities
    assert [one.authority_id for one in listed] == [TOYAMA]
    assert REGISTRY.get_sample_value("openjpki_rows_left_out_total", labels) == before + 1
    assert stub.IssueResponderCertificate(responder_request(keys[0])).certificate
    # By no rule of its own, it certifies nobody. Nor is that the fault of who asked: they ask again
    # when it was put right, and no application ends for it.
    with pytest.raises(OpenJpkiError) as refusal:
        stub.IssueResponderCertificate(responder_request(keys[0], KAGAWA))
    assert refusal.value.reason is Reason.STORED_UNREADABLE
    assert refusal.value.reason not in FINAL_REASONS


def test_an_authority_that_cannot_be_read_keeps_no_other_from_being_watched(ca: RunningCa) -> None:
    held = ca.service.ca.fence.held()
    for one in held:
        forget(one)
    # The one that comes first.
    ca.service.ca.database.run(
        lambda tx: tx.connection.execute(
            update(authorities)
            .where(authorities.c.authority_id == str(held[0]))
            .values(policy="[]")
        )
    )
    with pytest.raises(OpenJpkiError):
        measure_ends(ca.service.ca)
    name = "openjpki_authority_issues_until_timestamp_seconds"
    until = [REGISTRY.get_sample_value(name, {"authority": str(one)}) for one in held]
    assert until[0] is None
    assert all(until[1:]) and len(until) == 2  # noqa: PT018


@pytest.mark.requirement("R1.3.1")
def test_responder_is_delegated_by_its_authority(ca: RunningCa, keys: Keys) -> None:
    stub, request = ca.authorities(), responder_request(keys[0])
    answer = stub.IssueResponderCertificate(request)
    assert stub.IssueResponderCertificate(request) == answer
    certificate = x509.load_der_x509_certificate(answer.certificate)
    certificate.verify_directly_issued_by(toyama(ca))
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    certificate.extensions.get_extension_for_class(x509.OCSPNoCheck)
    days = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days
    assert days == 7
    # The same responder may come again with its key, and gets what it has; no person may have it.
    again = stub.IssueResponderCertificate(responder_request(keys[0]))
    assert again == answer
    with pytest.raises(OpenJpkiError) as refusal:
        ca.certificates().IssueCertificate(issue_request(keys[0]))
    assert refusal.value.reason is Reason.KEY_ALREADY_USED


def test_responder_certificates_are_in_the_feed(ca: RunningCa, keys: Keys) -> None:
    answer = ca.authorities().IssueResponderCertificate(responder_request(keys[0]))
    serial = x509.load_der_x509_certificate(answer.certificate).serial_number
    (message,) = ca.feed().ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA))
    assert [int.from_bytes(each, "big") for each in message.serials] == [serial]


def test_authority_asks_to_be_certified_by_its_own_key(ca: RunningCa) -> None:
    stub = ca.authorities(PeerRole.BRIDGE)
    asked = ca_pb2.GetCertificationRequestRequest(authority_id=TOYAMA)
    der = stub.GetCertificationRequest(asked).certification_request
    request = x509.load_der_x509_csr(der)
    assert request.is_signature_valid
    assert request.subject == toyama(ca).subject
    assert request.public_key() == toyama(ca).public_key()
    assert stub.GetCertificationRequest(asked).certification_request == der


def test_cross_certificate_for_a_partner(ca: RunningCa, keys: Keys) -> None:
    stub, request = ca.authorities(PeerRole.BRIDGE), cross_request(keys[0])
    answer = stub.IssueCrossCertificate(request)
    assert stub.IssueCrossCertificate(request) == answer
    certificate = x509.load_der_x509_certificate(answer.certificate)
    certificate.verify_directly_issued_by(toyama(ca))
    assert certificate.public_key() == keys[0].public_key()
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert constraints.ca
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [one.policy_identifier.dotted_string for one in policies] == ["1.3.6.1.4.1.32473.8.1.1"]
    with ca.service.ca.database.reading() as tx:
        intended = [
            entry
            for entry in SqlJournal().read_all(tx, TOYAMA)
            if entry.act == "certificate.intended"
        ]
    assert (intended[0].details["checked_by"], intended[0].details["approved_by"]) == (
        "bridge-officer/bridge/officer-1",
        "bridge-officer/bridge/officer-2",
    )


def test_cross_certificate_needs_two_officers(ca: RunningCa, keys: Keys) -> None:
    request = cross_request(keys[0])
    request.approvals[1].CopyFrom(request.approvals[0])
    with pytest.raises(OpenJpkiError) as same:
        ca.authorities(PeerRole.BRIDGE).IssueCrossCertificate(request)
    assert same.value.reason is Reason.SAME_OFFICER


@pytest.mark.requirement("R2.5.3", refuses=True)
def test_key_of_an_authority_is_nobody_elses(ca: RunningCa, keys: Keys) -> None:
    """Only the authority can prove its key, so it is asked to: as person, responder, partner."""
    key = ca.service.ca.keys.backend.open("authority/signing-37/1")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    der = builder.sign(DelegatingKey(key), hashes.SHA256()).public_bytes(Encoding.DER)
    person = issue_request(keys[0])
    responder, cross = responder_request(keys[0]), cross_request(keys[0])
    for request in (person, responder, cross):
        request.certification_request = der
    sign_issuance(person)
    refusals = []
    calls: list[Callable[[], object]] = [
        lambda: ca.certificates().IssueCertificate(person),
        lambda: ca.authorities().IssueResponderCertificate(responder),
        lambda: ca.authorities(PeerRole.BRIDGE).IssueCrossCertificate(cross),
    ]
    for call in calls:
        with pytest.raises(OpenJpkiError) as refusal:
            call()
        refusals.append(refusal.value.reason)
    assert refusals == [Reason.KEY_OF_AUTHORITY] * 3


@pytest.mark.requirement("R1.3.1", refuses=True)
def test_stopped_authority_signs_for_nobody(ca: RunningCa, keys: Keys) -> None:
    set_active(ca.service.ca, AuthorityId.parse(TOYAMA), active=False, actor="ceremony")
    refusals = []
    calls: list[Callable[[], object]] = [
        lambda: ca.authorities().IssueResponderCertificate(responder_request(keys[0])),
        lambda: ca.authorities(PeerRole.BRIDGE).IssueCrossCertificate(cross_request(keys[1])),
        lambda: ca.authorities(PeerRole.BRIDGE).GetCertificationRequest(
            ca_pb2.GetCertificationRequestRequest(authority_id=TOYAMA)
        ),
    ]
    for call in calls:
        with pytest.raises(OpenJpkiError) as refusal:
            call()
        refusals.append(refusal.value.reason)
    assert refusals == [Reason.AUTHORITY_NOT_ACTIVE] * 3
    listed = ca.authorities().ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    assert [one.active for one in listed.authorities] == [False, True]
