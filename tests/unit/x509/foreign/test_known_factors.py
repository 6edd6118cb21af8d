"""No modulus with a small factor or a shared prime is spared its check; nearly all others are."""

from __future__ import annotations

import random
from math import prod

import gmpy2
import pytest
from badkeys.checks import checkrsa

from openjpki.signer_core import LongNumber
from openjpki.x509.foreign.weak_keys import may_have_known_factor
from tests.support.shared_prime import SHARED

CHANCE = random.Random(20120822)  # noqa: S311 - the same numbers each time
LANES = LongNumber(b"\1").left_by(b"\xff" * 256) is not None
"""Whether this processor has any; without them each modulus is checked."""


def modulus_of(factor: int, *, bits: int = 2048) -> int:
    """An odd number of so many bits that the factor divides."""
    least, most = -(-(1 << (bits - 1)) // factor), ((1 << bits) - 1) // factor
    return factor * (CHANCE.randrange(least, most - 1) | 1)


def sound_modulus(bits: int = 2048) -> int:
    """Of two primes that no key has."""
    halves = (CHANCE.getrandbits(bits // 2) | 0b11 << (bits // 2 - 2) for _ in range(2))
    return prod(int(gmpy2.next_prime(half)) for half in halves)


def test_what_a_small_prime_divides_is_checked() -> None:
    prime = gmpy2.mpz(2)
    while (prime := gmpy2.next_prime(prime)) <= 65537:
        assert may_have_known_factor(modulus_of(int(prime)))


def test_what_a_shared_prime_divides_is_checked() -> None:
    for _ in range(20):
        modulus = modulus_of(SHARED)
        assert may_have_known_factor(modulus)
        assert checkrsa(modulus, checks=["sharedprimes"])


def test_others_are_not() -> None:
    for _ in range(20):
        modulus = sound_modulus()
        assert may_have_known_factor(modulus) is not LANES
        assert not checkrsa(modulus, checks=["smallfactors", "sharedprimes"])


def test_larger_primes_are_not_counted_as_small() -> None:
    """Should badkeys count more, so must the sieve."""
    assert not checkrsa(65539 * sound_modulus(2032), checks=["smallfactors"])


@pytest.mark.parametrize("bits", [2032, 3072, 4096])
def test_moduli_of_other_sizes_are_checked(bits: int) -> None:
    assert may_have_known_factor(sound_modulus(bits))
