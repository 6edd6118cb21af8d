"""Reading foreign DER: the outermost check, and how the parser says no."""

from __future__ import annotations

from asn1crypto import parser
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from openjpki.errors import OpenJpkiError, Reason

UNREADABLE = (
    ValueError,
    # A name attribute with a string type its OID does not go with.
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises on foreign bytes, on loading them or on looking inside."""


def require_single_value(der: bytes, *, field: str, max_bytes: int) -> None:
    """Refuse what is not exactly one ASN.1 value. What is inside is for the caller's parser.

    Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER`` or ``TRAILING_BYTES``.
    """
    if len(der) > max_bytes:
        raise OpenJpkiError(
            Reason.MESSAGE_TOO_LARGE, f"must not be longer than {max_bytes} bytes", field=field
        )
    try:
        length = parser.peek(der)
    except ValueError as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not complete DER", field=field) from error
    if length != len(der):
        raise OpenJpkiError(
            Reason.TRAILING_BYTES, "has bytes after the end of its DER value", field=field
        )
