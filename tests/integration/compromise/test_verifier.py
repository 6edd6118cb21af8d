"""A stolen credential of a registered verifier, at ocsp."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import ocsp

from openjpki.api.mesh.v1 import mesh_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.api.types.v1 import revocation_pb2
from openjpki.rpc.identity.roles import PeerRole
from tests.support.agreements import agree, as_officer
from tests.support.ca_service import KAGAWA, TOYAMA, TRUST_DOMAIN, issue_request, person_key
from tests.support.denying import deny
from tests.support.ocsp_asking import request_for
from tests.support.ocsp_service import VERIFIER, RunningOcsp, running_ocsp, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.compromise.conftest import Attack


@pytest.fixture(scope="module")
def status(attack: Attack) -> Iterator[RunningOcsp]:
    folder, ca = attack.ca.folder / "verified", attack.ca
    target = f"127.0.0.1:{ca.service.server.port}"
    own, known = f"sqlite:///{ca.folder / 'v.db'}", ca.settings.database.url
    assert known is not None
    with running_ocsp(folder, own, ca.mesh, target, ca_url=known.get_secret_value()) as one:
        one.register(authorities=(TOYAMA,), networks=["127.0.0.0/8"])
        yield one


def test_a_verifier_asks_about_what_its_entry_names(attack: Attack, status: RunningOcsp) -> None:
    person = issue_request(person_key(), person=uuid.uuid4().hex)
    serial = bytes(attack.ca.certificates().IssueCertificate(person).serial)
    request = ocsp_pb2.CheckRequest(authority_id=TOYAMA, serial=serial)
    stub = status.status()
    good = revocation_pb2.CERTIFICATE_STATUS_GOOD
    until(lambda: stub.Check(request).status == good)
    elsewhere = ocsp_pb2.CheckRequest(authority_id=KAGAWA, serial=serial)
    with attack.refused("verifier-elsewhere"):
        stub.Check(elsewhere)
    as_officer(status, TOYAMA, "hayashi").SuspendAgreement(
        ocsp_pb2.SuspendAgreementRequest(
            request_id=str(uuid.uuid4()), verifier_id=VERIFIER, authority_id=TOYAMA
        )
    )
    with attack.refused("verifier-unagreed"):
        stub.Check(request)
    agree(status, VERIFIER, TOYAMA)
    with attack.refused("verifier-unknown"):
        status.status("nobody").Check(request)

    operator = status.channel(PeerRole.OPERATOR, "ocsp", "operator-1")
    deny(operator, f"spiffe://{TRUST_DOMAIN}/verifier/{VERIFIER}", mesh_pb2.DENY_CAUSE_COMPROMISED)
    with attack.refused("verifier-denied"):
        stub.Check(request)
    # What the entry says beside the credential is not the credential's.
    with attack.remains("verifier-other-door"):
        asked = request_for(serial, status.issuer_certificate(TOYAMA))
        answer = ocsp.load_der_ocsp_response(status.post(asked))
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    status.registry().RemoveVerifier(
        ocsp_pb2.RemoveVerifierRequest(
            request_id=str(uuid.uuid4()), verifier_id=VERIFIER, ends_agreements=True
        )
    )
    answer = ocsp.load_der_ocsp_response(status.post(asked))
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
