"""Requests that are well formed, so that what is refused is refused for who asks."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from tests.support.bridge_officers import NAMES, signed_for_ca
from tests.support.ca_service import person_key, request_of, revoke_request

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa


def revocation(authority_id: str, serial: bytes) -> ca_pb2.RevokeCertificateRequest:
    return revoke_request(serial, authority_id=authority_id)


def responder_request(
    authority_id: str, csr: bytes = b""
) -> ca_pb2.IssueResponderCertificateRequest:
    return ca_pb2.IssueResponderCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority_id,
        certification_request=csr or request_of(person_key()),
    )


def cross_request(
    authority_id: str, *officers: str, days: int = 365, key: rsa.RSAPrivateKey | None = None
) -> ca_pb2.IssueCrossCertificateRequest:
    asked = ca_pb2.IssueCrossCertificateRequest(
        request_id=str(uuid.uuid4()),
        authority_id=authority_id,
        certification_request=request_of(key or person_key(), authority=True),
        policy_mappings=[
            ca_pb2.PolicyMapping(
                issuer_domain_policy="1.3.6.1.4.1.32473.8.1.1",
                subject_domain_policy="1.3.6.1.4.1.32473.9.1.1",
            )
        ],
        validity_days=days,
    )
    return signed_for_ca(asked, officers or NAMES[:2])
