"""A stolen credential of registration, serving one prefecture, at ca."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2, officers_pb2_grpc
from openjpki.config.ca import CaPart, IssueLimitsPart
from tests.integration.compromise.conftest import Attack, first_of
from tests.integration.compromise.requests import cross_request, responder_request, revocation
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, person_key, running_ca

if TYPE_CHECKING:
    from pathlib import Path


def certificates(attack: Attack) -> ca_pb2_grpc.CertificateServiceStub:
    return ca_pb2_grpc.CertificateServiceStub(attack.registration())


def elsewhere(attack: Attack) -> bytes:
    """Serial number of a certificate that a window of Kagawa handed out."""
    request = issue_request(
        person_key(),
        authority_id=KAGAWA,
        municipality_code="37201",
        person=uuid.uuid4().hex,
        name="香川\u3000太郎",
    )
    return bytes(attack.ca.certificates().IssueCertificate(request).serial)


def test_it_certifies_nobody_elsewhere(attack: Attack) -> None:
    stub = certificates(attack)
    with attack.refused("registration-other-prefecture"):
        stub.IssueCertificate(
            issue_request(person_key(), authority_id=KAGAWA, municipality_code="37201")
        )
    request = issue_request(person_key())
    request.authority_id = KAGAWA
    with attack.refused("registration-other-authority"):
        stub.IssueCertificate(request)


def test_it_neither_reads_nor_revokes_what_is_not_its_own(attack: Attack) -> None:
    serial, stub = elsewhere(attack), certificates(attack)
    with attack.refused("registration-revoke-other-authority"):
        stub.RevokeCertificate(revocation(KAGAWA, serial))
    with attack.refused("registration-revoke-other"):
        stub.RevokeCertificate(revocation(TOYAMA, serial))
    with attack.refused("registration-read-other"):
        stub.GetCertificate(ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=serial))


def test_a_person_and_a_key_have_one_certificate_and_a_request_one_content(attack: Attack) -> None:
    stub, person, key = certificates(attack), uuid.uuid4().hex, person_key()
    request = issue_request(key, person=person)
    issued = stub.IssueCertificate(request)
    with attack.refused("registration-second-certificate"):
        stub.IssueCertificate(issue_request(person_key(), person=person))
    with attack.refused("registration-used-key"):
        stub.IssueCertificate(issue_request(key, person=uuid.uuid4().hex))
    changed = issue_request(person_key(), person=uuid.uuid4().hex, name="別\u3000人")
    changed.request_id = request.request_id
    with attack.refused("registration-changed-retry"):
        stub.IssueCertificate(changed)
    with attack.remains("registration-reads-own"):
        look = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=issued.serial)
        assert stub.GetCertificate(look).certificate == issued.certificate


def test_what_others_are_for_is_nothing_of_its(attack: Attack) -> None:
    channel = attack.registration()
    authorities = ca_pb2_grpc.AuthorityServiceStub(channel)
    with attack.refused("registration-responder"):
        authorities.IssueResponderCertificate(responder_request(TOYAMA))
    with attack.refused("registration-cross"):
        authorities.IssueCrossCertificate(cross_request(TOYAMA))
    with attack.refused("registration-feed"):
        position = ca_pb2.FeedPosition(authority_id=TOYAMA)
        feed = ca_pb2_grpc.StatusFeedServiceStub(channel)
        first_of(feed.Follow(ca_pb2.FollowRequest(positions=[position])))
    with attack.refused("registration-list"):
        lists = ca_pb2_grpc.RevocationListServiceStub(channel)
        asked = ca_pb2.GetRevocationListRequest(authority_id=TOYAMA, partition="16201")
        first_of(lists.GetRevocationList(asked))
    with attack.refused("registration-officers"):
        register = officers_pb2_grpc.OfficerRegisterServiceStub(channel)
        register.ListOfficers(officers_pb2.ListOfficersRequest())


def test_it_gets_no_further_in_an_hour_than_it_may(tmp_path: Path) -> None:
    limits = CaPart(issue_limits=IssueLimitsPart(caller_hour=1))
    with running_ca(tmp_path, f"sqlite:///{tmp_path / 'ca.db'}", ca=limits) as ca:
        attack = Attack(ca)
        stub = certificates(attack)
        stub.IssueCertificate(issue_request(person_key(), person="one"))
        with attack.refused("registration-flood"):
            stub.IssueCertificate(issue_request(person_key(), person="another"))
