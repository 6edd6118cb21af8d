"""Stand-ins for persons, from which nobody finds the person without the service's secret.

HMAC-SHA-256 over the resident's number: the same at every application, so the authority can keep
one person to one live certificate (R2.4.2) without knowing who it is (R7.1). Residents' numbers
can be tried out one by one; the key is what makes trying useless.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openjpki.closed_file import OpenToOthersError, read_closed
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from pathlib import Path

MIN_KEY_OCTETS = 32
_MAX_KEY_OCTETS = 4096
_FIELD = "registration.person_key_file"


class PersonReferences:
    """Makes references and the digests of requests, whose content is personal data too."""

    def __init__(self, key: bytes) -> None:
        """``key``: at least 32 octets from a random source. Raises ``INVALID_FIELD``."""
        if not MIN_KEY_OCTETS <= len(key) <= _MAX_KEY_OCTETS:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, "must hold 32 to 4096 random octets", field=_FIELD
            )
        self._person = _derive(key, b"person reference")
        self._digest = _derive(key, b"request digest")
        self._links = _derive(key, b"register links")
        self.check_value = _derive(key, b"check value")
        """Tells two keys apart; may be stored."""

    @classmethod
    def read(cls, path: Path) -> PersonReferences:
        """From a file that others on the machine can't read. Raises ``INVALID_FIELD``."""
        try:
            key = read_closed(path)
        except OpenToOthersError as error:
            raise OpenJpkiError(Reason.INVALID_FIELD, str(error), field=_FIELD) from None
        except OSError as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD, f"can't be read ({error.strerror})", field=_FIELD
            ) from None
        return cls(key)

    def __repr__(self) -> str:
        return "PersonReferences(hidden)"

    def of(self, resident_id: str) -> bytes:
        """The reference of a resident, 32 octets."""
        return hmac.digest(self._person, resident_id.encode(), hashlib.sha256)

    def register_key(self, municipality_code: str) -> bytes:
        """What a municipality's register makes its links with (:func:`link_of`), 32 octets. From
        it neither references nor links of another municipality can be made."""
        return hmac.digest(self._links, municipality_code.encode(), hashlib.sha256)

    def link(self, municipality_code: str, resident_id: str) -> bytes:
        """The link that the municipality's register names a resident by."""
        return link_of(self.register_key(municipality_code), resident_id)

    def digest_of_request(self, content: bytes) -> bytes:
        """Recognises a request's content, 32 octets; not to be guessed from stored digests."""
        return hmac.digest(self._digest, content, hashlib.sha256)


def link_of(register_key: bytes, resident_id: str) -> bytes:
    """What stands for a resident in change notices of the register that has this key, 32 octets."""
    return hmac.digest(register_key, resident_id.encode(), hashlib.sha256)


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"openjpki " + purpose).derive(key)
