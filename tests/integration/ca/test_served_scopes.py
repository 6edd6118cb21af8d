"""What a service's credential does not serve, ca does not do for it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from tests.support.ca_service import KAGAWA, TOYAMA, issue_request, revoke_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.ca.conftest import Keys
    from tests.support.ca_service import RunningCa

TOYAMA_CITY, TAKAOKA = "16201", "16202"


def registration(ca: RunningCa, scope: str) -> ca_pb2_grpc.CertificateServiceStub:
    return ca_pb2_grpc.CertificateServiceStub(ca.channel(PeerRole.REGISTRATION, scope))


def refused(call: Callable[[], object]) -> tuple[Reason, str | None]:
    with pytest.raises(OpenJpkiError) as refusal:
        call()
    return refusal.value.reason, refusal.value.field


def test_registration_reaches_its_municipalities_and_no_others(ca: RunningCa, keys: Keys) -> None:
    request = issue_request(keys[0])
    assert request.municipality_code == TOYAMA_CITY
    other = registration(ca, TAKAOKA)
    assert refused(lambda: other.IssueCertificate(request)) == (
        Reason.OUT_OF_SCOPE,
        "municipality_code",
    )
    made = registration(ca, f"{TOYAMA_CITY}.{TAKAOKA}").IssueCertificate(request)

    asked = ca_pb2.GetCertificateRequest(authority_id=TOYAMA, serial=made.serial)
    revocation = revoke_request(made.serial)
    # Of the same authority, as if there were none; to who serves none of its prefecture, nothing.
    absent = (Reason.CERTIFICATE_NOT_FOUND, "serial")
    assert refused(lambda: other.GetCertificate(asked)) == absent
    assert refused(lambda: other.RevokeCertificate(revocation)) == absent
    elsewhere = registration(ca, "37")
    outside = (Reason.OUT_OF_SCOPE, "authority_id")
    assert refused(lambda: elsewhere.GetCertificate(asked)) == outside
    assert refused(lambda: elsewhere.RevokeCertificate(revocation)) == outside

    own = registration(ca, "16")
    assert own.GetCertificate(asked).certificate == made.certificate
    assert own.RevokeCertificate(revocation).sequence


def test_a_municipality_of_one_and_the_authority_of_another(ca: RunningCa, keys: Keys) -> None:
    """The municipality is the caller's; the authority it names has nothing to do with it."""
    request = issue_request(keys[0])
    request.authority_id = KAGAWA
    reason, _ = refused(lambda: registration(ca, TOYAMA_CITY).IssueCertificate(request))
    assert reason is not Reason.INTERNAL
    with ca.service.ca.database.reading() as tx:
        from openjpki.domain.authority import AuthorityId  # noqa: PLC0415
        from openjpki.storage.ca import feed  # noqa: PLC0415

        assert not feed.events_after(tx, AuthorityId.parse(KAGAWA), 0, 10)


def test_ocsp_reaches_its_authorities_and_no_others(ca: RunningCa) -> None:
    channel = ca.channel(PeerRole.OCSP, TOYAMA, "replica-1")
    feed = ca_pb2_grpc.StatusFeedServiceStub(channel)
    lists = ca_pb2_grpc.RevocationListServiceStub(channel)
    authorities = ca_pb2_grpc.AuthorityServiceStub(channel)

    def follow(*named: str) -> ca_pb2.FollowRequest:
        return ca_pb2.FollowRequest(
            positions=[ca_pb2.FeedPosition(authority_id=one) for one in named]
        )

    for call in (
        lambda: list(feed.ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=KAGAWA))),
        lambda: next(feed.Follow(follow(KAGAWA))),
        lambda: next(feed.Follow(follow(TOYAMA, KAGAWA))),
        lambda: list(
            lists.GetRevocationList(
                ca_pb2.GetRevocationListRequest(authority_id=KAGAWA, partition="authority")
            )
        ),
        lambda: authorities.IssueResponderCertificate(
            ca_pb2.IssueResponderCertificateRequest(
                request_id=str(uuid.uuid4()), authority_id=KAGAWA, certification_request=b"\x30"
            )
        ),
    ):
        assert refused(call)[0] is Reason.OUT_OF_SCOPE
    stream = feed.Follow(follow(TOYAMA))
    assert next(stream).feeds[0].authority_id == TOYAMA
    assert list(feed.ReadSnapshot(ca_pb2.ReadSnapshotRequest(authority_id=TOYAMA)))
