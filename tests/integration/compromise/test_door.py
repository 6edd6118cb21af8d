"""A certificate of the mesh for a role that there is not."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from tests.integration.compromise.requests import revocation
from tests.support.ca_service import TOYAMA, issue_request, person_key

if TYPE_CHECKING:
    from tests.integration.compromise.conftest import Attack


def test_it_opens_nothing(attack: Attack) -> None:
    channel = attack.door()
    certificates = ca_pb2_grpc.CertificateServiceStub(channel)
    with attack.refused("door-issue"):
        certificates.IssueCertificate(issue_request(person_key(), person=uuid.uuid4().hex))
    with attack.refused("door-revoke"):
        certificates.RevokeCertificate(revocation(TOYAMA, b"\x5a" * 20))
    with attack.refused("door-authorities"):
        ca_pb2_grpc.AuthorityServiceStub(channel).ListAuthorities(ca_pb2.ListAuthoritiesRequest())
