"""What the authority handed over, looked at before it is believed and written to a card."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import is_issued_by

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.authority import IssuedCertificate


def check_issued(made: IssuedCertificate, key_fingerprint: bytes | None) -> datetime:
    """When the certificate expires, if it is for this key, has this serial number and was signed
    by the authority whose certificate came with it. Raises ``PROFILE_MISMATCH``."""
    try:
        certificate = read_certificate(made.certificate)
        authority = read_certificate(made.authority_certificate)
    except OpenJpkiError as error:
        raise _mismatch("can't be read") from error
    if not (is_issued_by(certificate, authority) and is_issued_by(authority, authority)):
        raise _mismatch("was not signed by it")
    if hashlib.sha256(certificate.public_key).digest() != key_fingerprint:
        raise _mismatch("is for another key")
    if certificate.serial != int.from_bytes(made.serial, "big"):
        raise _mismatch("has another serial number than was said")
    return moment(certificate.not_after)


def begins_at(certificate: bytes) -> datetime | None:
    """Begin of its validity; None where it can't be read."""
    try:
        return moment(read_certificate(certificate).not_before)
    except OpenJpkiError:
        return None


def _mismatch(what: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.PROFILE_MISMATCH, f"the authority's certificate {what}")
