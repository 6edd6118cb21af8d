"""Which keys an officer may be known by: P-256, or RSA from 2048 bits that nobody can factor."""

from __future__ import annotations

from openjpki.evidence.public_key import StatementPublicKey
from openjpki.signer_core import PathPublicKey
from openjpki.x509.foreign.weak_keys import refuse_weak_key


def require_officer_key(spki_der: bytes, *, field: str = "public_key") -> StatementPublicKey:
    """The key, if an officer may have it.

    Raises ``MALFORMED_DER``, ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``,
    ``KEY_WEAK``.
    """
    parsed = StatementPublicKey.parse(spki_der, field=field)
    numbers = PathPublicKey.read(spki_der).rsa_numbers
    if numbers is not None:
        refuse_weak_key(*numbers, field=field)
    return parsed
