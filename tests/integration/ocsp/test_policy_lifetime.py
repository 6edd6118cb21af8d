"""An answer holds as long as the authority's policy says, where the replica's settings allow it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from openjpki.domain.authority import AuthorityId
from openjpki.domain.policy import AuthorityPolicy, OcspPolicy, policy_document
from openjpki.storage.ca import authorities
from tests.support.ca_service import TOYAMA, issue_request, person_key, running_ca
from tests.support.ocsp_service import running_ocsp, until

if TYPE_CHECKING:
    from pathlib import Path


def test_a_changed_policy_changes_the_life_of_answers(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    with running_ca(tmp_path / "ca", f"sqlite:///{tmp_path / 'ca.db'}") as ca:
        issued = ca.certificates().IssueCertificate(issue_request(person_key()))
        request = ocsp.OCSPRequestBuilder().add_certificate(
            x509.load_der_x509_certificate(issued.certificate),
            x509.load_der_x509_certificate(issued.authority_certificate),
            hashes.SHA256(),
        )
        der = request.build().public_bytes(serialization.Encoding.DER)
        with running_ocsp(
            tmp_path,
            f"sqlite:///{tmp_path / 'ocsp.db'}",
            ca.mesh,
            f"127.0.0.1:{ca.service.server.port}",
            ca_url=ca.settings.database.read_url(),
            response_lifetime=200,
        ) as replica:
            replica.register(networks=["127.0.0.0/8"])

            def life() -> timedelta:
                answer = ocsp.load_der_ocsp_response(replica.post(der))
                assert answer.next_update_utc is not None
                return answer.next_update_utc - answer.produced_at_utc

            assert life() == timedelta(seconds=200)
            shorter = OcspPolicy(response_lifetime=timedelta(seconds=90))
            document = policy_document(replace(AuthorityPolicy(), ocsp=shorter))
            ca.service.ca.database.run(
                lambda tx: authorities.set_policy(tx, AuthorityId.parse(TOYAMA), document)
            )
            until(lambda: life() == timedelta(seconds=90))
