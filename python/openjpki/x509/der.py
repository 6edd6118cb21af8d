"""Reading foreign DER: the outermost check, and how the parser says no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

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

_LONG_FORM = 0x80
_MOST_LENGTH_OCTETS = 8
_HIGH_TAG = 0x1F


def require_single_value(der: bytes, *, field: str, max_bytes: int) -> None:
    """Refuse what is not exactly one ASN.1 value. What is inside is for the caller's parser.

    It only refuses, so that what is too long is not parsed and two mistakes have reasons of their
    own; nothing is taken from here. The parser that follows reads from the first octet and refuses
    the same by itself (``tests/unit/x509/foreign/test_one_reader.py``).

    Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER`` or ``TRAILING_BYTES``.
    """
    if len(der) > max_bytes:
        raise OpenJpkiError(
            Reason.MESSAGE_TOO_LARGE, f"must not be longer than {max_bytes} bytes", field=field
        )
    try:
        _, length = _extent(memoryview(der))
    except ValueError as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not complete DER", field=field) from error
    if length != len(der):
        raise OpenJpkiError(
            Reason.TRAILING_BYTES, "has bytes after the end of its DER value", field=field
        )


def members(element: memoryview) -> Iterator[memoryview]:
    """The members of a constructed value, headers included, not copied. Raises ``ValueError``."""
    start, end = _extent(element)
    while start < end:
        _, length = _extent(element[start:end])
        yield element[start : start + length]
        start += length


def _extent(element: memoryview) -> tuple[int, int]:
    """Octets of its header; of all of it (X.690 8.1.3). Raises ``ValueError``."""
    if len(element) < 2 or element[0] & _HIGH_TAG == _HIGH_TAG:
        raise ValueError("no header of a value")
    first = element[1]
    if first < _LONG_FORM:
        header, length = 2, first
    else:
        header = 2 + first - _LONG_FORM
        if not 2 < header <= 2 + _MOST_LENGTH_OCTETS or header > len(element):
            raise ValueError("no definite length")
        length = int.from_bytes(element[2:header], "big")
    if header + length > len(element):
        raise ValueError("shorter than its length")
    return header, header + length
