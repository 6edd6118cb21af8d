"""Comparing a certificate, or the bytes of one to be signed, with what was asked for.

The encoder and the comparisons share no state, so a mistake in one shows in the other. Nothing
that fails here is signed.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_Value = TypeVar("_Value", bound=x509.ExtensionType)


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


def compare_layout(
    certificate: x509.Certificate, wanted: Sequence[tuple[x509.ObjectIdentifier, bool]]
) -> None:
    """Exactly the extensions with these OIDs, in this order, each with this criticality."""
    expect(
        [(extension.oid, extension.critical) for extension in certificate.extensions]
        == list(wanted),
        "extensions",
        "are not the ones of the profile in its order",
    )


def value_of(certificate: x509.Certificate, kind: type[_Value]) -> _Value:
    """An extension that must be there."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as error:
        raise mismatch(kind.oid._name, "is missing") from error  # noqa: SLF001


def compare_usage(certificate: x509.Certificate, wanted: set[str]) -> None:
    """keyUsage with exactly these bits, as ``cryptography`` spells them."""
    usage = value_of(certificate, x509.KeyUsage)
    expect({name for name in _USAGES if getattr(usage, name)} == wanted, "keyUsage", "differs")


def compare_distribution_point(
    certificate: x509.Certificate, wanted: Sequence[x509.GeneralName]
) -> None:
    """One distribution point with exactly these names, for all reasons, by the issuer itself."""
    points = list(value_of(certificate, x509.CRLDistributionPoints))
    expect(
        len(points) == 1
        and points[0].full_name == list(wanted)
        and points[0].crl_issuer is None
        and points[0].reasons is None,
        "cRLDistributionPoints",
        "differs",
    )


def compare_key_identifiers(
    certificate: x509.Certificate, *, issuer: bytes, subject: bytes
) -> None:
    """authorityKeyIdentifier with keyIdentifier only, and subjectKeyIdentifier."""
    stated = value_of(certificate, x509.AuthorityKeyIdentifier)
    expect(
        stated.key_identifier == issuer
        and stated.authority_cert_issuer is None
        and stated.authority_cert_serial_number is None,
        "authorityKeyIdentifier",
        "is not the issuer's",
    )
    expect(
        value_of(certificate, x509.SubjectKeyIdentifier).digest == subject,
        "subjectKeyIdentifier",
        "is not the subject's",
    )


def compare_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    """Issued by ``issuer``: its DN and its signature."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature) as error:
        raise mismatch("signature", "is not the issuer's") from error


_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)
