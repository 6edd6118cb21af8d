"""What the authority handed over, looked at before it is believed and written to a card."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.authority import IssuedCertificate


def check_issued(made: IssuedCertificate, key_fingerprint: bytes | None) -> datetime:
    """When the certificate expires, if it is for this key, has this serial number and was signed
    by the authority whose certificate came with it. Raises ``PROFILE_MISMATCH``."""
    try:
        certificate = x509.load_der_x509_certificate(made.certificate)
        authority = x509.load_der_x509_certificate(made.authority_certificate)
        certificate.verify_directly_issued_by(authority)
        authority.verify_directly_issued_by(authority)
        spki = certificate.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, TypeError, InvalidSignature) as error:
        raise _mismatch("can't be read or was not signed by it") from error
    if hashlib.sha256(spki).digest() != key_fingerprint:
        raise _mismatch("is for another key")
    if certificate.serial_number != int.from_bytes(made.serial, "big"):
        raise _mismatch("has another serial number than was said")
    return certificate.not_valid_after_utc


def _mismatch(what: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.PROFILE_MISMATCH, f"the authority's certificate {what}")
