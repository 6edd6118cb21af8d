"""Refusing RSA keys whose private half can be computed from the public one.

The mathematics is PyPI ``badkeys``'; only those of its checks are selected that need no download.
Keys that are merely known to be compromised (Debian's of 2008, leaked ones) are in a list of its
publisher that is not part of the package and are not found here.

Fermat's method looks for a square among a * a - n, n being the modulus and a its root or one of the
hundred numbers after it. Asked one after the other that takes longer than most other checks. But a
square leaves only some of the remainders by any number. By each of a few small numbers a table
judges all of them at once; hardly ever one is left that may be a square, and only then they are
all tried.

Small factors, and primes shared with known keys, are looked for as what the modulus has in common
with a number of 700,000 bits, the product of them all. So have the modulus and what that number
leaves when it is divided by it. Where the processor has lanes to divide by
(``signer_core/rsa_lanes``), it is known within a fifth of the two checks' time whether there is
anything, and only then they are made.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from math import isqrt, prod
from typing import TYPE_CHECKING, Final

import gmpy2
from badkeys.checks import checkrsa

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import LongNumber

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKS: Final[Mapping[str, str]] = {
    "roca": "ROCA: made by a faulty generator in a chip (CVE-2017-15361)",
    "fermat": "Fermat: its two primes are too close to each other",
    "smallfactors": "small factors: its modulus is divisible by a small prime",
    "sharedprimes": "shared primes: one of its primes is in another known key",
    "smalld": "Wiener: its private exponent is too small",
    "rsapoly": "polynomial: its modulus has the zero pattern of sparse primes",
    "pattern": "pattern: its modulus repeats one byte",
    "rsabias": "bias: the bits of its modulus are not evenly spread",
    "rsainvalid": "invalid: its exponent does not fit its modulus",
}
"""Selected check of ``badkeys`` -> what it means, for the client."""

ROUNDS: Final = 101
"""Numbers that Fermat's method tries in ``badkeys``."""
_ALL: Final = (1 << ROUNDS) - 1
_BY: Final = (64, 81, 25, 49, 11, 13, 17, 19, 23, 29, 31)
_TOGETHER: Final = prod(_BY)
_SMALL: Final = 65537
"""The largest prime that ``badkeys`` counts as small."""


def refuse_weak_key(modulus: int, exponent: int, *, field: str = "csr") -> None:
    """Raise ``KEY_WEAK`` naming the first check that found something.

    ``modulus`` and ``exponent`` are an RSA public key that has passed a
    :class:`~openjpki.x509.foreign.key_rules.KeyRule`. Takes some 0.2 ms, without lanes three times
    as long. The factors that a check may have found are not kept.
    """
    spared = _not_found(modulus)
    for check, meaning in CHECKS.items():
        if check in spared:
            continue
        if checkrsa(modulus, e=exponent, checks=[check]):
            raise OpenJpkiError(
                Reason.KEY_WEAK, f"must not be a weak key ({meaning})", field=field, check=check
            )


def _not_found(modulus: int) -> frozenset[str]:
    """The checks that are known to find nothing."""
    spared = set() if may_be_close(modulus) else {"fermat"}
    if not may_have_known_factor(modulus):
        spared |= {"smallfactors", "sharedprimes"}
    return frozenset(spared)


def may_have_known_factor(modulus: int) -> bool:
    """Whether a small prime, or one of another known key of 2,048 bits, may divide it."""
    left = _known_factors().left_by(modulus.to_bytes((modulus.bit_length() + 7) // 8))
    return left is None or gmpy2.gcd(int.from_bytes(left), modulus) != 1


# Made when the first key comes: whoever checks none needs it not.
@cache
def _known_factors() -> LongNumber:
    shared = gmpy2.from_binary((files("badkeys.keydata") / "primes2048.dat").read_bytes())
    known = int(shared * gmpy2.primorial(_SMALL))
    return LongNumber(known.to_bytes((known.bit_length() + 7) // 8))


def may_be_close(modulus: int) -> bool:
    """Whether two primes may be so close that Fermat's method finds them, and must be tried."""
    # Small remainders are then taken of small numbers.
    n, root = modulus % _TOGETHER, isqrt(modulus) % _TOGETHER
    left = _ALL
    for by, possible in _SIEVES:
        left &= possible[n % by] >> (root % by)
        if not left:
            return False
    return True


def _possible(by: int) -> tuple[int, ...]:
    """By the remainder of n: at each bit whether a * a - n may be a square, a being the bit's
    number, up to a hundred beyond ``by``."""
    squares = {a * a % by for a in range(by)}
    return tuple(
        sum(1 << a for a in range(by + ROUNDS) if (a * a - n) % by in squares) for n in range(by)
    )


_SIEVES: Final = tuple((by, _possible(by)) for by in _BY)
