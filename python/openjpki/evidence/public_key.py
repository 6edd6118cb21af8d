"""Public keys that statements are signed with: P-256 for ES256, RSA for RS256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import MalformedError, PathPublicKey, StatementKey
from openjpki.x509.foreign.key_rules import ENROLLED_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable

COORDINATE = 32
"""Octets of each half of an ES256 signature (RFC 9053 section 2.1)."""


class Algorithm(IntEnum):
    """COSE's number of a signature algorithm (RFC 9053 section 2.1, RFC 8812 section 2)."""

    ES256 = -7
    RS256 = -257


@dataclass(frozen=True, slots=True)
class StatementPublicKey:
    """A key as its SubjectPublicKeyInfo says it, within the bounds of what is verified by. Whether
    somebody can find its private half is another question (:mod:`openjpki.evidence.key_rules`)."""

    spki_der: bytes = field(hash=False)
    sha256: bytes
    """Of ``spki_der``: what a signature names its key by; and tables, which ask for it often."""
    algorithm: Algorithm = field(hash=False)
    signature_octets: int = field(hash=False)
    """How long every signature of this key is."""
    _native: StatementKey = field(compare=False, repr=False)

    @classmethod
    def parse(cls, spki_der: bytes, *, field: str = "public_key") -> StatementPublicKey:
        """Raises ``MALFORMED_DER``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``, and
        ``KEY_TYPE_REFUSED`` for any other kind of key or curve, and for a key in another form than
        the one that has its fingerprint."""
        try:
            return _parse(spki_der)
        except OpenJpkiError as error:
            raise OpenJpkiError(
                error.reason, error.message, field=field, **error.metadata
            ) from error

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether it is this key's signature over the message, in COSE's form."""
        (holds,) = each_verifies([(self, signature, message)])
        return holds


def each_verifies(signed: Iterable[tuple[StatementPublicKey, bytes, bytes]]) -> list[bool]:
    """Of key, signature and message, as :meth:`StatementPublicKey.verifies`, all in one call: other
    threads go on meanwhile."""
    return signer_core.verify_statements(
        [(key._native, message, signature) for key, signature, message in signed]  # noqa: SLF001 - its own
    )


@lru_cache(maxsize=4096)
def _parse(spki_der: bytes) -> StatementPublicKey:
    # An officer signs many times a day, and reading a key costs as much as verifying with it.
    try:
        key = PathPublicKey.read(spki_der)
    except MalformedError as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not a SubjectPublicKeyInfo") from error
    if key.rsa_numbers is not None:
        ENROLLED_KEYS.check(*key.rsa_numbers, field="public_key")
    # What is used here has one form in DER: a named curve with the point uncompressed, or
    # rsaEncryption with NULL.
    sha256 = hashlib.sha256(spki_der).digest()
    match key.kind if key.fault is None else None:
        case "p256":
            native = StatementKey.es256(key.octets)
            return StatementPublicKey(spki_der, sha256, Algorithm.ES256, 2 * COORDINATE, native)
        case "rsa" if key.rsa_numbers is not None:
            octets = (key.rsa_numbers[0].bit_length() + 7) // 8
            native = StatementKey.rs256(spki_der)
            return StatementPublicKey(spki_der, sha256, Algorithm.RS256, octets, native)
        case _:
            raise OpenJpkiError(
                Reason.KEY_TYPE_REFUSED,
                "must be an RSA key or one on the curve P-256, uncompressed",
            )
