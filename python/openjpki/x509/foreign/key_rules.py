"""Which RSA keys are accepted, by size and exponent (R9.1.1; FIPS 186-5 A.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from openjpki.errors import OpenJpkiError, Reason

_MIN_EXPONENT = 65537
_MAX_EXPONENT_BITS = 256
"""FIPS 186-5 A.1.1: 2^16 < e < 2^256."""


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Sizes in bits of the modulus, both ends included."""

    min_bits: int
    max_bits: int

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
        if exponent < _MIN_EXPONENT or exponent % 2 == 0:
            raise OpenJpkiError(
                Reason.KEY_EXPONENT_REFUSED,
                f"must have an odd public exponent of at least {_MIN_EXPONENT}",
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
