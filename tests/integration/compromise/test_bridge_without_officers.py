"""A stolen bridge that has no officer, or officers who signed something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2_grpc
from tests.integration.compromise.requests import cross_request
from tests.support.ca_service import KAGAWA, TOYAMA

if TYPE_CHECKING:
    from tests.integration.compromise.conftest import Attack

TWO = ("officer-1", "officer-2")


def authorities(attack: Attack) -> ca_pb2_grpc.AuthorityServiceStub:
    return ca_pb2_grpc.AuthorityServiceStub(attack.bridge())


def test_without_two_officers_there_is_no_cross_certificate(attack: Attack) -> None:
    stub = authorities(attack)
    none, one = cross_request(TOYAMA, *TWO), cross_request(TOYAMA, *TWO)
    del none.approvals[:]
    del one.approvals[1:]
    for request in (none, one):
        with attack.refused("bridge-without-officers"):
            stub.IssueCrossCertificate(request)
    with attack.refused("bridge-invented-officer"):
        stub.IssueCrossCertificate(cross_request(TOYAMA, "officer-1", "mallory"))


def test_what_officers_signed_is_for_one_authority_and_these_policies(attack: Attack) -> None:
    stub = authorities(attack)
    authority = cross_request(TOYAMA, *TWO)
    authority.authority_id = KAGAWA
    with attack.refused("bridge-replayed-authority"):
        stub.IssueCrossCertificate(authority)
    policies = cross_request(TOYAMA, *TWO)
    policies.policy_mappings[0].subject_domain_policy = "1.3.6.1.4.1.32473.9.9.9"
    with attack.refused("bridge-replayed-policies"):
        stub.IssueCrossCertificate(policies)
