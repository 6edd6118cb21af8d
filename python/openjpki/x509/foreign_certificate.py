"""Certificates among foreign bytes, read so that nothing about them fails later."""

from __future__ import annotations

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason

# TypeError: a name attribute with a string type its OID does not go with.
_UNREADABLE = (
    ValueError,
    TypeError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def load(der: bytes, *, field: str) -> x509.Certificate:
    """Read a certificate whose version, names and serial can be used. Raises ``MALFORMED_DER``.

    `cryptography` parses names and extensions when they are asked for: they are asked for here,
    once, so that a certificate that can't be read is refused where it came in.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = (certificate.subject, certificate.issuer, certificate.extensions)
    except _UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "holds a certificate that can't be read", field=field
        ) from error
    return certificate
