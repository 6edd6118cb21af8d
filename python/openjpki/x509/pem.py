"""Files that hold DER, or PEM with whatever other programs write around it (RFC 7468 section 2).

Only the armour is taken off here. What is inside is for the one reader of whatever it is (ADR 21):
a second one would refuse what that takes.
"""

from __future__ import annotations

import base64
from typing import Final

from openjpki.errors import OpenJpkiError, Reason

_SEQUENCE = b"\x30"
"""What everything in X.509 begins with, and no text does that stands before a PEM block: a digit
nought would, of which the block's own line tells it apart."""
_BEGIN = b"-----BEGIN "
_DASHES = b"-----"

CERTIFICATE: Final = (b"CERTIFICATE", b"X509 CERTIFICATE")
REQUEST: Final = (b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
SIGNED_MESSAGE: Final = (b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA")
REVOCATION_LIST: Final = (b"X509 CRL", b"CRL")
"""Labels, the usual one and older ones (RFC 7468 sections 5.1, 6, 7, 8 and 9)."""


def is_pem(octets: bytes) -> bool:
    """Whether there is a block of PEM in it, after a byte order mark or any text; line ends of any
    kind. DER may hold anything, the line of a block too."""
    begins_as_der = octets[:1] == _SEQUENCE and not octets[:2].isascii()
    return _BEGIN in octets and not begins_as_der


def blocks(octets: bytes, labels: tuple[bytes, ...]) -> list[bytes]:
    """Each block of a file that says of itself that it is of a label, unread, in the order of the
    file. They are told apart by where they begin: one without an end takes no other with it."""
    begun = tuple(label + _DASHES for label in labels)
    return [_BEGIN + block for block in octets.split(_BEGIN)[1:] if block.startswith(begun)]


def der_of(octets: bytes, labels: tuple[bytes, ...], *, field: str) -> bytes:
    """What the first block of a label holds, or a file that is no PEM as it is; either way unread.

    Raises ``MALFORMED_DER`` when there is no such block and when its armour is broken: the next one
    is not the one that was meant.
    """
    if not is_pem(octets):
        return octets
    for block in blocks(octets, labels):
        return unarmoured(block, field=field)
    raise _refused(field)


def unarmoured(block: bytes, *, field: str) -> bytes:
    """The octets in one of :func:`blocks`. Raises ``MALFORMED_DER``."""
    _, _, body = block.removeprefix(_BEGIN).partition(_DASHES)
    digits, _, end = body.partition(_DASHES)
    if not end.startswith(b"END "):
        raise _refused(field)
    try:
        return base64.b64decode(b"".join(digits.split()), validate=True)
    except ValueError as error:
        raise _refused(field) from error


def _refused(field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.MALFORMED_DER, "is not PEM of what must be here", field=field)
