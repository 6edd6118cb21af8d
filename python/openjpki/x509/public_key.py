"""RSA public keys of certificates and requests, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from cryptography import x509


def load_rsa_spki(spki_der: bytes, *, field: str = "public_key") -> rsa.RSAPublicKey:
    """Read an RSA public key. Raises ``KEY_TYPE_REFUSED`` or ``MALFORMED_DER``."""
    try:
        key = serialization.load_der_public_key(spki_der)
    except UnsupportedAlgorithm as error:
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be an RSA key", field=field) from error
    except ValueError as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a SubjectPublicKeyInfo", field=field
        ) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be an RSA key", field=field)
    return key


def spki_of(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo of a certificate, DER."""
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def issuer_key(issuer: x509.Certificate) -> rsa.RSAPublicKey:
    """The RSA key of an issuer's certificate. Raises ``KEY_TYPE_REFUSED``."""
    return load_rsa_spki(spki_of(issuer), field="issuer_certificate")


def require_key_of(issuer: x509.Certificate, spki_der: bytes) -> None:
    """Refuse another key in an issuer's name. Raises ``KEY_NOT_FOUND``."""
    if issuer_key(issuer) != load_rsa_spki(spki_der):
        raise OpenJpkiError(
            Reason.KEY_NOT_FOUND,
            "the signing key is not the one of the issuer's certificate",
            field="issuer_certificate",
        )
