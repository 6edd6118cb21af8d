"""Files that hold DER, or PEM with whatever other programs write around it (RFC 7468 section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

_SEQUENCE = b"\x30"
"""What everything in X.509 begins with, and no text does that stands before a PEM block: a digit
nought would, of which the block's own line tells it apart."""
_BEGIN = b"-----BEGIN "
_CERTIFICATE = (b"CERTIFICATE-----", b"X509 CERTIFICATE-----")


class _Loaded(Protocol):
    def public_bytes(self, encoding: Encoding) -> bytes: ...


def is_pem(octets: bytes) -> bool:
    """Whether there is a block of PEM in it, after a byte order mark or any text; line ends of any
    kind. DER may hold anything, the line of a block too."""
    begins_as_der = octets[:1] == _SEQUENCE and not octets[:2].isascii()
    return _BEGIN in octets and not begins_as_der


def certificate_blocks(octets: bytes) -> list[bytes]:
    """Each block of a file that says of itself that it is a certificate, unread, in the order of
    the file. They are told apart by where they begin: one without an end takes no other with it."""
    return [_BEGIN + block for block in octets.split(_BEGIN)[1:] if block.startswith(_CERTIFICATE)]


def der_of(octets: bytes, load_pem: Callable[[bytes], _Loaded], *, field: str) -> bytes:
    """DER of a file in either form; ``load_pem`` is `cryptography`'s for the kind of object.

    What is no PEM is taken for DER and left unread: whoever it is for says what is wrong with it.
    Raises ``MALFORMED_DER``.
    """
    if not is_pem(octets):
        return octets
    try:
        return load_pem(octets).public_bytes(Encoding.DER)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not PEM of what must be here", field=field
        ) from error
