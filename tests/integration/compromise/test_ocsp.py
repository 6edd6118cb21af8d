"""A stolen credential of ocsp, serving one authority, at ca."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from tests.integration.compromise.conftest import Attack, first_of
from tests.integration.compromise.requests import cross_request, responder_request, revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key, request_of
from tests.support.responder_keys import REPLICA, enrol

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa


def test_it_learns_nothing_of_another_authority(attack: Attack) -> None:
    channel = attack.ocsp()
    feed = ca_pb2_grpc.StatusFeedServiceStub(channel)
    for also in ([], [TOYAMA]):
        positions = [ca_pb2.FeedPosition(authority_id=one) for one in [KAGAWA, *also]]
        with attack.refused("ocsp-feed-other"):
            first_of(feed.Follow(ca_pb2.FollowRequest(positions=positions)))
    with attack.refused("ocsp-snapshot-other"):
        first_of(feed.ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=KAGAWA)))
    lists = ca_pb2_grpc.RevocationListServiceStub(channel)
    for partition in ("37201", "authority"):
        asked = ca_pb2.GetRevocationListRequest(authority_id=KAGAWA, partition=partition)
        with attack.refused("ocsp-list-other"):
            first_of(lists.GetRevocationList(asked))
    with attack.remains("ocsp-serials"):
        page = first_of(feed.ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA)))
        assert page.sequence >= 0


def test_it_has_no_responder_where_it_does_not_serve(attack: Attack) -> None:
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.ocsp())
    with attack.refused("ocsp-responder-other"):
        stub.IssueResponderCertificate(responder_request(KAGAWA))
    with attack.refused("ocsp-responder-stolen"):
        stub.IssueResponderCertificate(responder_request(TOYAMA))
    with attack.refused("ocsp-responder-authority"):
        stub.IssueResponderCertificate(responder_request(TOYAMA, authority_request(attack)))
    with attack.refused("ocsp-responder-revoke"):
        stub.RevokeResponderCertificate(
            ca_pb2.RevokeResponderCertificateRequest(
                request_id=str(uuid.uuid4()),
                authority_id=TOYAMA,
                serial=b"\x5a" * 20,
                cause=revocation_pb2.RESPONDER_REVOCATION_CAUSE_KEY_COMPROMISE,
            )
        )


def test_it_can_lie_with_its_own_responders_key(attack: Attack) -> None:
    """A verifier that asks nobody else believes it, for as long as that certificate lasts."""
    serial = bytes(
        attack.ca.certificates()
        .IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
        .serial
    )
    attack.ca.certificates().RevokeCertificate(revocation(TOYAMA, serial))
    key, stub = person_key(), ca_pb2_grpc.AuthorityServiceStub(attack.ocsp())
    # Its own key, which operators have enrolled for it.
    enrol(attack.ca.service.ca.database, TOYAMA, _spki(key), f"{TOYAMA}/{REPLICA}")
    with attack.remains("ocsp-lies"):
        answer = stub.IssueResponderCertificate(responder_request(TOYAMA, request_of(key)))
        responder = x509.load_der_x509_certificate(answer.certificate)
        issuer = authority_certificate(attack)
        now = datetime.now(UTC).replace(microsecond=0)
        lie = (
            ocsp.OCSPResponseBuilder()
            .add_response_by_hash(
                issuer_name_hash=hashlib.sha256(issuer.subject.public_bytes()).digest(),
                issuer_key_hash=hashlib.sha256(key_octets(issuer)).digest(),
                serial_number=int.from_bytes(serial, "big"),
                algorithm=hashes.SHA256(),
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=now,
                next_update=now + timedelta(hours=1),
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
            .certificates([responder])
            .sign(key, hashes.SHA256())
        )
        assert lie.certificate_status is ocsp.OCSPCertStatus.GOOD
        responder.verify_directly_issued_by(issuer)
        usages = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usages) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    # That is what limits it: days, whatever it asks for.
    assert responder.not_valid_after_utc - now < timedelta(days=8)


def test_it_has_no_word_about_persons_and_authorities(attack: Attack) -> None:
    channel = attack.ocsp()
    serial = bytes(
        attack.ca.certificates()
        .IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
        .serial
    )
    certificates = ca_pb2_grpc.CertificateServiceStub(channel)
    with attack.refused("ocsp-issue"):
        certificates.IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
    with attack.refused("ocsp-revoke"):
        certificates.RevokeCertificate(revocation(TOYAMA, serial))
    with attack.refused("ocsp-read"):
        certificates.GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
        )
    with attack.refused("ocsp-cross"):
        ca_pb2_grpc.AuthorityServiceStub(channel).IssueCrossCertificate(cross_request(TOYAMA))


def authority_certificate(attack: Attack) -> x509.Certificate:
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.ocsp())
    listed = stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest()).authorities
    (found,) = [one for one in listed if one.authority_id == TOYAMA]
    return x509.load_der_x509_certificate(found.certificate)


def key_octets(certificate: x509.Certificate) -> bytes:
    """What an issuer's key hash is over (RFC 6960, 4.1.1)."""
    key = certificate.public_key()
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def authority_request(attack: Attack) -> bytes:
    """The authority's own PKCS#10, which anybody may come by: it goes to every partner."""
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.bridge())
    asked = ca_pb2.GetCertificationRequestRequest(authority_id=TOYAMA)
    return bytes(stub.GetCertificationRequest(asked).certification_request)


def _spki(key: rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
