"""What every certificate made by an authority has in common (RFC 5280 4.1)."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.signing import load_rsa_spki

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric import rsa

    from openjpki.x509.signing import SigningKey

AUTHORITY_KEY_BITS = 2048
"""The least an authority's key may have (R9.1.1)."""

_MAX_SERIAL = 1 << 159
"""Positive and at most 20 octets: the first bit of the 20th is the sign (RFC 5280 4.1.2.2)."""


def start(
    *,
    subject: x509.Name,
    issuer: x509.Name,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    spki_der: bytes,
) -> x509.CertificateBuilder:
    """A builder with every basic field set. Raises ``INVALID_FIELD``, ``KEY_*``.

    Times are aware datetimes with whole seconds.
    """
    if not 0 < serial < _MAX_SERIAL:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be positive and at most 20 octets", field="serial"
        )
    for name, moment in (("not_before", not_before), ("not_after", not_after)):
        if moment.tzinfo is None or moment.microsecond:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "needs a time zone and whole seconds", field=name
            )
    if not_after <= not_before:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be after not_before", field="not_after")
    public_key = load_rsa_spki(spki_der)
    if public_key.key_size < AUTHORITY_KEY_BITS:
        raise OpenJpkiError(
            Reason.KEY_SIZE_REFUSED,
            f"must have at least {AUTHORITY_KEY_BITS} bits",
            field="public_key",
        )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(serial)
        .not_valid_before(not_before.astimezone(UTC))
        .not_valid_after(not_after.astimezone(UTC))
        .public_key(public_key)
    )


def years_after(moment: datetime, years: int) -> datetime:
    """The last second of a validity of whole years (both ends count, RFC 5280 4.1.2.5)."""
    try:
        end = moment.replace(year=moment.year + years)
    except ValueError:  # 29 February of a year that has none
        end = moment.replace(year=moment.year + years, month=3, day=1)
    return end - timedelta(seconds=1)


def key_identifier(spki_der: bytes) -> x509.SubjectKeyIdentifier:
    """SHA-1 of the key's BIT STRING (RFC 5280 4.2.1.2 method 1)."""
    return x509.SubjectKeyIdentifier.from_public_key(load_rsa_spki(spki_der))


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """keyIdentifier only, as the issuer's own certificate states it."""
    try:
        stated = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key(issuer))
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(stated)


def issuer_key(issuer: x509.Certificate) -> rsa.RSAPublicKey:
    """The RSA key of an issuer's certificate. Raises ``KEY_TYPE_REFUSED``."""
    return load_rsa_spki(spki_of(issuer), field="issuer_certificate")


def spki_of(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo of a certificate, DER."""
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def require_key_of(issuer: x509.Certificate, key: SigningKey) -> None:
    """Refuse to sign in an issuer's name with another key. Raises ``KEY_NOT_FOUND``."""
    if issuer_key(issuer) != load_rsa_spki(key.spki_der):
        raise OpenJpkiError(
            Reason.KEY_NOT_FOUND,
            "the signing key is not the one of the issuer's certificate",
            field="issuer_certificate",
        )


def authority_key_usage() -> x509.KeyUsage:
    """keyCertSign and cRLSign."""
    return _key_usage(key_cert_sign=True, crl_sign=True)


def responder_key_usage() -> x509.KeyUsage:
    """digitalSignature."""
    return _key_usage(digital_signature=True)


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def directory_distribution_points(
    name: x509.Name, uri: str | None = None
) -> x509.CRLDistributionPoints:
    """One distribution point, by its DN and perhaps a URI too (RFC 5280 4.2.1.13)."""
    return x509.CRLDistributionPoints(
        [
            x509.DistributionPoint(
                full_name=distribution_point_names(name, uri),
                relative_name=None,
                reasons=None,
                crl_issuer=None,
            )
        ]
    )


def distribution_point_names(name: x509.Name, uri: str | None = None) -> list[x509.GeneralName]:
    """The general names of a distribution point, the same in the certificate and in its CRL."""
    names: list[x509.GeneralName] = [x509.DirectoryName(name)]
    if uri is not None:
        names.append(x509.UniformResourceIdentifier(uri))
    return names
