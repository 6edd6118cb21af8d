"""A stolen credential of the bridge at ca."""

from __future__ import annotations

import uuid
from datetime import timedelta

from cryptography import x509

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2, officers_pb2_grpc
from openjpki.api.types.v1 import revocation_pb2
from openjpki.domain.policy import AuthorityPolicy
from tests.integration.compromise.conftest import Attack, first_of
from tests.integration.compromise.requests import cross_request, responder_request, revocation
from tests.support.bridge_officers import end_for_ca
from tests.support.ca_service import TOYAMA, issue_request, person_key, request_of


def test_persons_are_nothing_of_its(attack: Attack) -> None:
    channel = attack.bridge()
    serial = bytes(
        attack.ca.certificates()
        .IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
        .serial
    )
    certificates = ca_pb2_grpc.CertificateServiceStub(channel)
    with attack.refused("bridge-issue"):
        certificates.IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
    with attack.refused("bridge-revoke"):
        certificates.RevokeCertificate(revocation(TOYAMA, serial))
    with attack.refused("bridge-read"):
        certificates.GetCertificate(
            ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial)
        )
    with attack.refused("bridge-feed"):
        feed = ca_pb2_grpc.StatusFeedServiceStub(channel)
        position = ca_pb2.FeedPosition(authority_id=TOYAMA)
        first_of(feed.Follow(ca_pb2.FollowRequest(positions=[position])))
    with attack.refused("bridge-users-list"):
        lists = ca_pb2_grpc.RevocationListServiceStub(channel)
        asked = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="16201")
        first_of(lists.GetRevocationList(asked))
    with attack.remains("bridge-reads-lists"):
        asked = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="authority")
        assert first_of(lists.GetRevocationList(asked)).chunk


def test_status_is_nothing_of_its(attack: Attack) -> None:
    with attack.refused("bridge-responder"):
        ca_pb2_grpc.AuthorityServiceStub(attack.bridge()).IssueResponderCertificate(
            responder_request(TOYAMA)
        )


def test_it_makes_nobody_an_officer(attack: Attack) -> None:
    register = officers_pb2_grpc.OfficerRegisterServiceStub(attack.bridge())
    with attack.refused("bridge-officers"):
        register.ListOfficers(officers_pb2.ListOfficersRequest())


def test_one_officer_is_not_two(attack: Attack) -> None:
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.bridge())
    with attack.refused("bridge-one-officer"):
        stub.IssueCrossCertificate(cross_request(TOYAMA, "officer-1", "officer-1"))
    other = cross_request(TOYAMA)
    other.certification_request = cross_request(TOYAMA).certification_request
    with attack.refused("bridge-other-key"):
        stub.IssueCrossCertificate(other)
    key = person_key()
    renamed = cross_request(TOYAMA, key=key)
    renamed.certification_request = request_of(key, authority=True, name="another")
    with attack.refused("bridge-other-name"):
        stub.IssueCrossCertificate(renamed)
    used = cross_request(TOYAMA)
    stub.IssueCrossCertificate(used)
    used.request_id = str(uuid.uuid4())
    with attack.refused("bridge-again"):
        stub.IssueCrossCertificate(used)
    used.cross_certification_id = used.request_id
    with attack.refused("bridge-again"):
        stub.IssueCrossCertificate(used)
    with attack.refused("bridge-long"):
        stub.IssueCrossCertificate(cross_request(TOYAMA, days=3652))


def test_it_ends_no_cross_certificate(attack: Attack) -> None:
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.bridge())
    made = stub.IssueCrossCertificate(cross_request(TOYAMA)).certificate
    other = stub.IssueCrossCertificate(cross_request(TOYAMA)).certificate
    with attack.refused("bridge-ends-cross"):
        stub.RevokeCrossCertificate(end_for_ca(TOYAMA, made, ("officer-1", "officer-1")))
    replayed = end_for_ca(TOYAMA, made)
    replayed.serial = end_for_ca(TOYAMA, other).serial
    with attack.refused("bridge-ends-other"):
        stub.RevokeCrossCertificate(replayed)
    renamed = end_for_ca(TOYAMA, made)
    renamed.cause = revocation_pb2.CROSS_REVOCATION_CAUSE_PARTNER_COMPROMISE
    with attack.refused("bridge-ends-otherwise"):
        stub.RevokeCrossCertificate(renamed)
    with attack.refused("bridge-ends-invented"):
        stub.RevokeCrossCertificate(end_for_ca(TOYAMA, made, ("officer-1", "nobody")))
    stub.RevokeCrossCertificate(end_for_ca(TOYAMA, made))


def test_it_chooses_how_long_a_cross_certificate_holds(attack: Attack) -> None:
    """What officers sign says whom, for which policies and by whom; its end is policy's."""
    stub = ca_pb2_grpc.AuthorityServiceStub(attack.bridge())
    with attack.remains("bridge-chooses-time"):
        asked = cross_request(TOYAMA, days=0)
        longest = x509.load_der_x509_certificate(stub.IssueCrossCertificate(asked).certificate)
        asked = cross_request(TOYAMA, days=365)
        # As officers signed it, but for the days.
        asked.validity_days = 1
        shortest = x509.load_der_x509_certificate(stub.IssueCrossCertificate(asked).certificate)
    policy = AuthorityPolicy().cross.validity
    assert longest.not_valid_after_utc - longest.not_valid_before_utc <= policy + timedelta(hours=1)
    assert shortest.not_valid_after_utc < longest.not_valid_before_utc + timedelta(days=2)
