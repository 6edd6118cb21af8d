"""Certificates among foreign bytes, read so that nothing about them fails later."""

from __future__ import annotations

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE, require_single_value

MAX_CERTIFICATE_BYTES = 64 * 1024


def load(der: bytes, *, field: str) -> x509.Certificate:
    """Read a certificate whose version, names and extensions can be used.

    `cryptography` parses names and extensions when they are asked for: they are asked for here,
    once, so that a certificate that can't be read is refused where it came in. Raises
    ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER`` or ``TRAILING_BYTES``.
    """
    require_single_value(der, field=field, max_bytes=MAX_CERTIFICATE_BYTES)
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = (certificate.subject, certificate.issuer, certificate.extensions)
    except UNREADABLE as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not a certificate", field=field) from error
    return certificate
