"""What a user's key must be (R9.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from openjpki.errors import OpenJpkiError, Reason


@dataclass(frozen=True, slots=True)
class UserKeyPolicy:
    """RSA of the listed sizes and public exponents. 1024 bits, the report's figure, is unsafe."""

    sizes: frozenset[int] = frozenset({2048})
    """Modulus lengths in bits."""
    exponents: frozenset[int] = frozenset({65537})

    def require(self, bits: int, exponent: int, *, field: str = "csr") -> None:
        """Raises KEY_SIZE_REFUSED or KEY_EXPONENT_REFUSED."""
        if bits not in self.sizes:
            allowed = ", ".join(map(str, sorted(self.sizes)))
            raise OpenJpkiError(
                Reason.KEY_SIZE_REFUSED,
                f"RSA modulus must have {allowed} bits",
                field=field,
                bits=str(bits),
            )
        if exponent not in self.exponents:
            allowed = ", ".join(map(str, sorted(self.exponents)))
            raise OpenJpkiError(
                Reason.KEY_EXPONENT_REFUSED, f"RSA public exponent must be {allowed}", field=field
            )
