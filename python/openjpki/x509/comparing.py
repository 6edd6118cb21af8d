"""Parsing a certificate back and comparing it with what was asked for.

The encoder and this comparison share no state, so a mistake in one shows in the other. Nothing
that fails here leaves the authority.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def mismatch(field: str, rule: str) -> OpenJpkiError:
    """The refusal every comparison ends with."""
    return OpenJpkiError(Reason.PROFILE_MISMATCH, rule, field=field)


def expect(condition: bool, field: str, rule: str) -> None:  # noqa: FBT001
    """Raise ``PROFILE_MISMATCH`` unless ``condition`` holds."""
    if not condition:
        raise mismatch(field, rule)


def load(der: bytes) -> x509.Certificate:
    """Parse strictly. Raises ``PROFILE_MISMATCH``."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions
    except UNREADABLE as error:
        raise mismatch("certificate", "cannot be parsed back") from error
    return certificate


def compare_basics(
    certificate: x509.Certificate,
    *,
    subject: x509.Name,
    issuer: x509.Name,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    spki_der: bytes,
) -> None:
    """Every field outside the extensions."""
    expect(certificate.version is x509.Version.v3, "version", "must be v3")
    expect(
        isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
        and certificate.signature_algorithm_oid == x509.oid.SignatureAlgorithmOID.RSA_WITH_SHA256,
        "signature",
        "must be sha256WithRSAEncryption",
    )
    expect(certificate.serial_number == serial, "serial", "differs from the request")
    expect(
        certificate.subject.public_bytes() == subject.public_bytes(),
        "subject",
        "differs from the request",
    )
    expect(
        certificate.issuer.public_bytes() == issuer.public_bytes(),
        "issuer",
        "differs from the request",
    )
    expect(
        certificate.not_valid_before_utc == not_before.astimezone(UTC)
        and certificate.not_valid_after_utc == not_after.astimezone(UTC),
        "validity",
        "differs from the request",
    )
    written = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    expect(written == spki_der, "public_key", "differs from the request")


def compare_extensions(
    certificate: x509.Certificate, wanted: Sequence[tuple[x509.ExtensionType, bool]]
) -> None:
    """Exactly these extensions, in this order, each with this criticality and these bytes."""
    found = list(certificate.extensions)
    expect(
        [extension.oid for extension in found] == [value.oid for value, _ in wanted],
        "extensions",
        "are not the ones of the profile in its order",
    )
    for extension, (value, critical) in zip(found, wanted, strict=True):
        name = extension.oid._name  # noqa: SLF001
        expect(extension.critical is critical, name, "has the wrong criticality")
        expect(
            extension.value.public_bytes() == value.public_bytes(), name, "differs from the request"
        )


def compare_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Issued by ``issuer``: its DN and its signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature) as error:
        raise mismatch("signature", "is not the issuer's") from error
