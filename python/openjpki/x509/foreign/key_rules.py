"""Which keys are accepted, by size and exponent (R9.1.1; FIPS 186-5 A.1.1).

What no key may exceed is said once, in ``signer_core/key_rule``, for whatever verifies; which of
those keys a door takes, here. Whatever a stranger sends with a key in it passes one of these rules
where it is read, before the key is used for anything: what verifying costs grows with the modulus
and the exponent, and both are the sender's choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki import signer_core
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.signer_core import PathPublicKey

_LEAST, _MOST = signer_core.RSA_MINIMUM_BITS, signer_core.RSA_MAXIMUM_BITS
_MAX_EXPONENT_BITS = signer_core.RSA_MAXIMUM_EXPONENT_BITS
"""FIPS 186-5 A.1.1 allows 256 bits. Nothing verifies by more than these: a key with more would be
of no use, and each bit is another multiplication."""


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Sizes in bits of the modulus, both ends included, and the least exponent."""

    min_bits: int
    max_bits: int
    min_exponent: int = 65537
    """FIPS 186-5 A.1.1: more than 2^16."""
    whole_octets: bool = True
    """Whether the modulus must fill its octets, as those of all that make keys do."""

    def check(self, modulus: int, exponent: int, *, field: str) -> None:
        """Raise ``KEY_SIZE_REFUSED`` or ``KEY_EXPONENT_REFUSED``."""
        bits = modulus.bit_length()
        if not self.min_bits <= bits <= self.max_bits or (self.whole_octets and bits % 8):
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


USER_KEYS = KeyRule(_LEAST, 2048)
"""The report's 1024 bits for users (9.1.1) are unsafe today."""

AUTHORITY_KEYS = KeyRule(_LEAST, _MOST)
"""Authorities and partners. Above this, verifying becomes a way to keep us busy."""

ENROLLED_KEYS = KeyRule(_LEAST, 4096)
"""Officers', responders' and those that sign requests for status: verified often."""

KEYS_TO_VERIFY_BY = KeyRule(_LEAST, _MOST, min_exponent=3, whole_octets=False)
"""Of strangers' certificates, which others issued by rules of their own."""


def require_key(key: PathPublicKey, *, field: str, rule: KeyRule = KEYS_TO_VERIFY_BY) -> None:
    """A key that may be verified by: RSA within the rule, or on P-256, P-384 or P-521.

    Raises ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``, and ``KEY_TYPE_REFUSED`` for any other
    kind of key and for one that can't be read.
    """
    numbers = key.rsa_numbers
    if numbers is not None:
        rule.check(*numbers, field=field)
    # The engine's own word, which nothing gets past: the rules above are narrower.
    if key.fault is not None:
        raise OpenJpkiError(
            Reason.KEY_TYPE_REFUSED,
            f"must hold an RSA key or one on P-256, P-384 or P-521: {key.fault}",
            field=field,
        )


def require_rsa_key(key: PathPublicKey, *, field: str, rule: KeyRule) -> tuple[int, int]:
    """Modulus and exponent of a key of rsaEncryption. Raises as :func:`require_key`."""
    require_key(key, field=field, rule=rule)
    numbers = key.rsa_numbers
    if numbers is None or key.kind != "rsa":
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must hold an RSA key", field=field)
    return numbers
