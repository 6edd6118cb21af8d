"""Stolen credentials of every role where they are granted nothing, and one that was taken back."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from openjpki.api.bridge.v1 import bridge_pb2, bridge_pb2_grpc
from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.api.officers.v1 import officers_pb2, officers_pb2_grpc
from openjpki.errors import OpenJpkiError
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.roles import PeerRole
from tests.support.bridge_service import RunningBridge, running_bridge
from tests.support.ca_service import TOYAMA, TRUST_DOMAIN, issue_request, person_key
from tests.support.denying import deny
from tests.support.mesh import usual_scope
from tests.support.ocsp_service import RunningOcsp, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.rpc.client.channel import TypedChannel
    from tests.integration.compromise.conftest import Attack

SCOPES = {
    PeerRole.REGISTRATION: ("", ""),
    PeerRole.CA: ("", ""),
    PeerRole.OCSP: ("", ""),
    PeerRole.BRIDGE: ("", ""),
    PeerRole.WINDOW_OFFICER: ("16201", "officer-1"),
    PeerRole.GOVERNOR_OFFICER: (TOYAMA, "mori"),
    PeerRole.BRIDGE_OFFICER: ("bridge", "sato"),
    # Of a service that is not asked here.
    PeerRole.OPERATOR: ("registration", "operator-1"),
    PeerRole.VERIFIER: ("tax-office", ""),
    PeerRole.PARTNER: ("government-bridge", ""),
    PeerRole.REGISTER_FEED: ("16201", ""),
}
"""Scope and name of whoever has the role."""


def test_every_role_is_tried() -> None:
    assert set(SCOPES) == set(PeerRole)


@pytest.fixture(scope="module")
def status(attack: Attack) -> Iterator[RunningOcsp]:
    folder, ca = attack.ca.folder / "status", attack.ca
    target = f"127.0.0.1:{ca.service.server.port}"
    url = f"sqlite:///{attack.ca.folder / 'o.db'}"
    # Nobody enrols its responders: what is asked here it answers without.
    with running_ocsp(folder, url, ca.mesh, target, wait=False) as one:
        yield one


@pytest.fixture(scope="module")
def bridge(attack: Attack) -> Iterator[RunningBridge]:
    url = f"sqlite:///{attack.ca.folder / 'b.db'}"
    with running_bridge(attack.ca.folder / "bridge", url, attack.ca) as one:
        yield one


def channel_of(attack: Attack, thief: PeerRole, expect: PeerRole, port: int) -> TypedChannel:
    scope, subject = SCOPES[thief]
    files = attack.ca.mesh.issue(thief, scope or usual_scope(thief), subject).write(
        attack.ca.folder / "peers" / uuid.uuid4().hex
    )
    return open_channel(
        f"127.0.0.1:{port}",
        files,
        expect_role=expect,
        trust_domain=TRUST_DOMAIN,
        retries=False,
    )


@pytest.mark.parametrize("thief", SCOPES)
def test_nobody_else_has_a_verifiers_or_an_operators_place_at_ocsp(
    attack: Attack, status: RunningOcsp, thief: PeerRole
) -> None:
    port = status.service.server.port
    with closing(channel_of(attack, thief, PeerRole.OCSP, port)) as channel:
        with attack.refused("any-verifier"):
            ocsp_pb2_grpc.VerifierRegistryServiceStub(channel).PutVerifier(
                ocsp_pb2.PutVerifierRequest(
                    request_id=str(uuid.uuid4()),
                    verifier=ocsp_pb2.Verifier(
                        verifier_id="thief", display_name="thief", authority_ids=[TOYAMA]
                    ),
                )
            )
        if thief is not PeerRole.VERIFIER:
            with attack.refused("any-status"):
                ocsp_pb2_grpc.StatusServiceStub(channel).Check(
                    ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=b"\x5a" * 20)
                )
        with attack.refused("any-deny"):
            deny(channel, f"spiffe://{TRUST_DOMAIN}/verifier/tax", mesh_pb2.DENY_CAUSE_LEFT)
    listed = status.registry().ListVerifiers(ocsp_pb2.ListVerifiersRequest())
    assert "thief" not in {one.verifier_id for one in listed.verifiers}


@pytest.mark.parametrize("thief", SCOPES)
def test_nobody_else_has_an_officers_or_an_operators_place_at_the_bridge(
    attack: Attack, bridge: RunningBridge, thief: PeerRole
) -> None:
    with closing(channel_of(attack, thief, PeerRole.BRIDGE, bridge.port)) as channel:
        stub = bridge_pb2_grpc.CrossCertificationServiceStub(channel)
        if thief is not PeerRole.BRIDGE_OFFICER:
            with attack.refused("any-partner"):
                stub.RegisterPartner(
                    bridge_pb2.RegisterPartnerRequest(
                        request_id=str(uuid.uuid4()),
                        partner_id=TOYAMA,
                        kind=bridge_pb2.PARTNER_KIND_PREFECTURAL_AUTHORITY,
                        display_name="Toyama",
                    )
                )
            with attack.refused("any-approval"):
                stub.ApproveCrossCertification(
                    bridge_pb2.ApproveCrossCertificationRequest(
                        request_id=str(uuid.uuid4()), cross_certification_id=str(uuid.uuid4())
                    )
                )
        with attack.refused("any-officer"):
            officers_pb2_grpc.OfficerRegisterServiceStub(channel).ApproveOfficer(
                officers_pb2.ApproveOfficerRequest(
                    request_id=str(uuid.uuid4()), proposal_id=str(uuid.uuid4())
                )
            )


def test_a_credential_that_was_taken_back_opens_nothing(attack: Attack) -> None:
    """On a connection that is open, and though its certificate holds for weeks."""
    stolen = attack.ca.channel(PeerRole.REGISTRATION, "17", retries=False)
    stub = ca_pb2_grpc.AuthorityServiceStub(stolen)
    stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest())
    operator = attack.ca.channel(PeerRole.OPERATOR, "ca", "operator-1")
    deny(operator, f"spiffe://{TRUST_DOMAIN}/registration/17", mesh_pb2.DENY_CAUSE_COMPROMISED)

    def is_out() -> bool:
        try:
            stub.ListAuthorities(ca_pb2.ListAuthoritiesRequest())
        except OpenJpkiError:
            return True
        return False

    until(is_out)
    with attack.refused("any-denied"):
        ca_pb2_grpc.CertificateServiceStub(stolen).IssueCertificate(
            issue_request(person_key(), person=uuid.uuid4().hex)
        )
