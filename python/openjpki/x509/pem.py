"""Files that hold DER, or PEM with whatever other programs write around it (RFC 7468 section 2).

What is PEM, and where its parts are, the reader of pools says (``signer_core/path/src/pool``): no
file is one thing to a path and another to a service. Only the armour is taken off here. What is
inside is for the one reader of whatever it is (ADR 21): a second one would refuse what that takes.
"""

from __future__ import annotations

import codecs
from typing import Final

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

CERTIFICATE: Final = (b"CERTIFICATE", b"X509 CERTIFICATE")
REQUEST: Final = (b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
SIGNED_MESSAGE: Final = (b"CMS", b"PKCS7", b"PKCS #7 SIGNED DATA")
REVOCATION_LIST: Final = (b"X509 CRL", b"CRL")
"""Labels, the usual one and older ones (RFC 7468 sections 5.1, 6, 7, 8 and 9)."""

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How a shell on Windows begins what it puts into a file; nothing in DER does so."""


def is_pem(octets: bytes) -> bool:
    """Whether there is a part of PEM in it, after a byte order mark or any text; line ends of any
    kind. One DER object may hold anything, the line of a part too, and is none."""
    return signer_core.is_pem(octets)


def contents(octets: bytes, labels: tuple[bytes, ...]) -> list[bytes | None]:
    """What each part of a label holds, unread, in the order of the file; None where its armour is
    broken. One without an end takes no other with it."""
    return signer_core.pem_contents(octets, labels)


def der_of(octets: bytes, labels: tuple[bytes, ...], *, field: str) -> bytes:
    """What the first part of a label holds, or a file that is no PEM as it is; either way unread.

    Raises ``MALFORMED_DER`` when there is no such part, when its armour is broken (the next one is
    not the one that was meant) and for text in UTF-16.
    """
    if octets.startswith(_UTF_16):
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is text in UTF-16: PEM is ASCII, save it so", field=field
        )
    if not is_pem(octets):
        return octets
    found = signer_core.pem_contents(octets, labels, 1)
    return unarmoured(found[0] if found else None, field=field)


def unarmoured(held: bytes | None, *, field: str) -> bytes:
    """One of :func:`contents`, whole. Raises ``MALFORMED_DER``."""
    if held is None:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not PEM of what must be here", field=field)
    return held
