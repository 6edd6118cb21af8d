"""An OCSP query over plain HTTP, as any verifier on a closed network sends it."""

from __future__ import annotations

import time
import urllib.request
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

if TYPE_CHECKING:
    from tests.support.installation import Resident


def ask(url: str, resident: Resident, *, issuer: Resident | None = None) -> ocsp.OCSPResponse:
    """The answer about a resident's serial number, at their own authority or at ``issuer``'s."""
    authority = x509.load_der_x509_certificate((issuer or resident).authority_certificate)
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        _sha256(authority.subject.public_bytes()),
        _sha256(
            authority.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.PKCS1
            )
        ),
        int.from_bytes(resident.serial, "big"),
        hashes.SHA256(),
    )
    query = urllib.request.Request(  # noqa: S310
        url,
        data=request.build().public_bytes(serialization.Encoding.DER),
        headers={"Content-Type": "application/ocsp-request"},
    )
    with urllib.request.urlopen(query, timeout=10) as answer:  # noqa: S310
        return ocsp.load_der_ocsp_response(answer.read())


def ask_until(
    url: str, resident: Resident, wanted: ocsp.OCSPCertStatus, seconds: float = 1.0
) -> ocsp.OCSPResponse:
    """The first answer with the wanted status; the test fails when none comes in time."""
    began = time.perf_counter()
    while (response := ask(url, resident)).certificate_status is not wanted:
        took = time.perf_counter() - began
        assert took < seconds, f"still {response.certificate_status} after {took:.2f} s"
    return response


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()
