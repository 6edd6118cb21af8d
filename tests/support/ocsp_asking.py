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
    query = urllib.request.Request(  # noqa: S310
        url,
        data=request_for(resident.serial, (issuer or resident).authority_certificate),
        headers={"Content-Type": "application/ocsp-request"},
    )
    with urllib.request.urlopen(query, timeout=60) as answer:  # noqa: S310
        return ocsp.load_der_ocsp_response(answer.read())


def request_for(
    serial: bytes, authority_certificate: bytes, *, nonce: bytes | None = None
) -> bytes:
    """An OCSPRequest about one certificate of an authority's, both DER; with a nonce, if any."""
    authority = x509.load_der_x509_certificate(authority_certificate)
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        _sha256(authority.subject.public_bytes()),
        _sha256(
            authority.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.PKCS1
            )
        ),
        int.from_bytes(serial, "big"),
        hashes.SHA256(),
    )
    if nonce is not None:
        request = request.add_extension(x509.OCSPNonce(nonce), critical=False)
    return request.build().public_bytes(serialization.Encoding.DER)


def ask_until(url: str, resident: Resident, wanted: ocsp.OCSPCertStatus) -> ocsp.OCSPResponse:
    """The first answer with the wanted status; the test fails when none ever comes."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        response = ask(url, resident)
        # No status is told while the feed is late that would tell of the certificate.
        is_told = response.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
        if is_told and response.certificate_status is wanted:
            return response
    raise AssertionError(f"not {wanted} within a minute and a half")


def _sha256(data: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    return digest.finalize()
