"""Which keys an officer may be known by: P-256, or RSA from 2048 bits that nobody can factor."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.evidence.public_key import StatementPublicKey
from openjpki.x509.foreign.weak_keys import refuse_weak_key


def require_officer_key(spki_der: bytes, *, field: str = "public_key") -> StatementPublicKey:
    """The key, if an officer may have it.

    Raises ``MALFORMED_DER``, ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``,
    ``KEY_WEAK``.
    """
    parsed = StatementPublicKey.parse(spki_der, field=field)
    key = serialization.load_der_public_key(spki_der)
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        refuse_weak_key(numbers.n, numbers.e, field=field)
    return parsed
