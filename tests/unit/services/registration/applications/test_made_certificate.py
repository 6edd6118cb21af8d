"""What the authority handed over is looked at before it is believed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.domain.evidence import Receipt
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.issued_certificate import check_issued
from openjpki.services.registration.authority import IssuedCertificate
from openjpki.storage.registration.receipts import KeptReceipt

BEGIN = datetime(2026, 4, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=1000)
DER = serialization.Encoding.DER
GOVERNOR = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Governor")])
RECEIPT = Receipt(
    service="ca",
    method="IssueCertificate",
    caller="spiffe://openjpki.example/registration",
    request_id="3f0c9a1e-7a52-4c0e-9d3f-2b8f5c1d6e70",
    request_sha256=bytes(32),
    result_sha256=bytes(32),
    made_at=BEGIN,
)


def certificate(
    subject: x509.Name,
    key: rsa.RSAPrivateKey,
    issuer: x509.Name,
    issuer_key: rsa.RSAPrivateKey,
    serial: int,
) -> bytes:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(BEGIN)
        .not_valid_after(END)
        .sign(issuer_key, hashes.SHA256())
        .public_bytes(DER)
    )


@pytest.fixture(scope="module")
def keys() -> list[rsa.RSAPrivateKey]:
    return [rsa.generate_private_key(65537, 2048) for _ in range(3)]


@pytest.fixture(scope="module")
def made(keys: list[rsa.RSAPrivateKey]) -> IssuedCertificate:
    governor, person, _ = keys
    return IssuedCertificate(
        certificate=certificate(x509.Name([]), person, GOVERNOR, governor, 0x4001),
        serial=b"\x40\x01",
        authority_certificate=certificate(GOVERNOR, governor, GOVERNOR, governor, 1),
        receipt=KeptReceipt(statement=RECEIPT, public_key=b"", signature=b""),
    )


def fingerprint(key: rsa.RSAPrivateKey) -> bytes:
    return hashlib.sha256(
        key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def refused(made: IssuedCertificate, key: bytes | None) -> None:
    with pytest.raises(OpenJpkiError) as refusal:
        check_issued(made, key)
    assert refusal.value.reason is Reason.PROFILE_MISMATCH


def test_the_certificate_that_was_ordered(
    made: IssuedCertificate, keys: list[rsa.RSAPrivateKey]
) -> None:
    assert check_issued(made, fingerprint(keys[1])) == END


def test_for_another_key(made: IssuedCertificate, keys: list[rsa.RSAPrivateKey]) -> None:
    refused(made, fingerprint(keys[2]))
    refused(made, None)


def test_with_another_serial(made: IssuedCertificate, keys: list[rsa.RSAPrivateKey]) -> None:
    refused(replace(made, serial=b"\x40\x02"), fingerprint(keys[1]))


def test_signed_by_another(made: IssuedCertificate, keys: list[rsa.RSAPrivateKey]) -> None:
    other = certificate(GOVERNOR, keys[2], GOVERNOR, keys[2], 1)
    refused(replace(made, authority_certificate=other), fingerprint(keys[1]))


def test_by_an_authority_that_did_not_sign_itself(
    made: IssuedCertificate, keys: list[rsa.RSAPrivateKey]
) -> None:
    governor, _, root = keys
    issued = certificate(GOVERNOR, governor, x509.Name([]), root, 1)
    refused(replace(made, authority_certificate=issued), fingerprint(keys[1]))


@pytest.mark.parametrize("part", ["certificate", "authority_certificate"])
def test_not_a_certificate_at_all(
    made: IssuedCertificate, keys: list[rsa.RSAPrivateKey], part: str
) -> None:
    damaged: dict[str, Any] = {part: b"\x30\x00"}
    refused(replace(made, **damaged), fingerprint(keys[1]))
