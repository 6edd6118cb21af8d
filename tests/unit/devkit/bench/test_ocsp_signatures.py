"""An answer counts that the issuer's responder signed, and that is in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki_devkit.bench.ocsp_requests import Question
from openjpki_devkit.bench.ocsp_signatures import verify

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@cache
def key_of(whose: str) -> rsa.RSAPrivateKey:
    del whose
    return rsa.generate_private_key(65537, 2048)


def certificate(of: str, by: str, *, signed_by: str | None = None) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in (of, by)]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key_of(of).public_key())
        .serial_number(7)
        .not_valid_before(NOW - HOUR)
        .not_valid_after(NOW + HOUR)
        .sign(key_of(signed_by or by), hashes.SHA256())
    )


def answer(*, responder_by: str = "issuer") -> bytes:
    responder = certificate("responder", "issuer", signed_by=responder_by)
    issuer = certificate("issuer", "issuer")
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            certificate("user", "issuer"),
            issuer,
            hashes.SHA1(),  # noqa: S303
            ocsp.OCSPCertStatus.GOOD,
            NOW,
            NOW + HOUR,
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder)
        .certificates([responder])
    )
    return builder.sign(key_of("responder"), hashes.SHA256()).public_bytes(Encoding.DER)


def with_another_signature() -> bytes:
    octets = answer()
    signature = ocsp.load_der_ocsp_response(octets).signature
    return octets.replace(signature, bytes((signature[0] ^ 1,)) + signature[1:])


QUESTION = Question(certificate("issuer", "issuer"), b"\x07", "good")


def test_what_is_signed_and_in_force_counts() -> None:
    verify(answer(), QUESTION, NOW)
    verify(answer(), QUESTION, NOW + HOUR / 2)


@pytest.mark.parametrize(
    ("octets", "now"),
    [
        (with_another_signature, NOW),
        (lambda: answer(responder_by="stranger"), NOW),
        (answer, NOW + HOUR),
        (answer, NOW - HOUR),
    ],
    ids=["signature", "responder", "late", "early"],
)
def test_what_is_not_does_not(octets: object, now: datetime) -> None:
    assert callable(octets)
    with pytest.raises(OpenJpkiError, match="an answer was signed") as refused:
        verify(octets(), QUESTION, now)
    assert refused.value.reason is Reason.INTERNAL
