"""Which keys are accepted, by size and exponent (R9.1.1; FIPS 186-5 A.1.1).

The one place that says so. Whatever a stranger sends with a key in it passes one of these rules
where it is read, before the key is used for anything: what verifying costs grows with the modulus
and the exponent, and both are the sender's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from cryptography import x509
_MAX_EXPONENT_BITS = 33
"""FIPS 186-5 A.1.1 allows 256 bits. Nothing verifies by more than these, the path engine neither
(``signer_core/path``): a key with more would be of no use, and each bit is another multiplication.
"""


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Sizes in bits of the modulus, both ends included, and the least exponent."""

    min_bits: int
    max_bits: int
    min_exponent: int = 65537
    """FIPS 186-5 A.1.1: more than 2^16."""

    def check(self, modulus: int, exponent: int, *, field: str) -> None:
        """Raise ``KEY_SIZE_REFUSED`` or ``KEY_EXPONENT_REFUSED``."""
        bits = modulus.bit_length()
        if not self.min_bits <= bits <= self.max_bits or bits % 8:
            sizes = (
                f"{self.min_bits}"
                if self.min_bits == self.max_bits
                else f"{self.min_bits} to {self.max_bits}"
            )
            raise OpenJpkiError(
                Reason.KEY_SIZE_REFUSED,
                f"must be an RSA key of {sizes} bits",
                field=field,
                bits=str(bits),
            )
        if exponent < self.min_exponent or exponent % 2 == 0:
            raise OpenJpkiError(
                Reason.KEY_EXPONENT_REFUSED,
                f"must have an odd public exponent of at least {self.min_exponent}",
                field=field,
            )
        if exponent.bit_length() > _MAX_EXPONENT_BITS:
            raise OpenJpkiError(
                Reason.KEY_EXPONENT_REFUSED,
                f"must have a public exponent of at most {_MAX_EXPONENT_BITS} bits",
                field=field,
            )


USER_KEYS = KeyRule(2048, 2048)
"""The report's 1024 bits for users (9.1.1) are unsafe today."""

AUTHORITY_KEYS = KeyRule(2048, 8192)
"""Authorities and partners. Above this, verifying becomes a way to keep us busy."""

ENROLLED_KEYS = KeyRule(2048, 4096)
"""Officers', responders' and those that sign requests for status: verified often."""

KEYS_TO_VERIFY_BY = KeyRule(2048, 8192, min_exponent=3)
"""Of strangers' certificates, which others issued by rules of their own."""


CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
"""What the path engine verifies by, and nothing else does more."""


def require_key(
    certificate: x509.Certificate, *, field: str, rule: KeyRule = KEYS_TO_VERIFY_BY
) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    """The key of a certificate, which may be verified by: RSA within the rule, or on one of
    :data:`CURVES`.

    Raises ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``, and ``KEY_TYPE_REFUSED`` for any other
    kind of key and for one that can't be read.
    """
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise OpenJpkiError(
            Reason.KEY_TYPE_REFUSED, "holds a key that can't be read", field=field
        ) from error
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        rule.check(numbers.n, numbers.e, field=field)
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES):
        return key
    raise OpenJpkiError(
        Reason.KEY_TYPE_REFUSED, "must hold an RSA key or one on P-256, P-384 or P-521", field=field
    )
