"""Weak RSA keys, each made the way the faulty generators made them."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import gmpy2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.weak_keys import CHECKS, refuse_weak_key
from tests.support.shared_prime import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANCE = random.Random(20020228)  # noqa: S311 - reproducible weak keys are the point


def prime(bits: int) -> int:
    """A prime whose two highest bits are set, so that two of them make a full modulus."""
    start = CHANCE.getrandbits(bits) | 0b11 << (bits - 2)
    return int(gmpy2.next_prime(start))


def roca_prime(bits: int) -> int:
    """p = k * M + (65537^a mod M), M the product of the first primes (Nemec et al., 2017)."""
    primorial = math.prod(int(one) for one in _first_primes(126))
    while True:
        residue = pow(65537, CHANCE.getrandbits(256), primorial)
        top = (0b11 << (bits - 2) | CHANCE.getrandbits(bits - 2)) // primorial
        candidate = top * primorial + residue
        if candidate.bit_length() == bits and gmpy2.is_prime(candidate):
            return candidate


def _first_primes(count: int) -> Iterator[int]:
    one = 2
    for _ in range(count):
        yield one
        one = gmpy2.next_prime(one)


def weak_modulus(kind: str) -> int:
    if kind == "roca":
        return roca_prime(1024) * roca_prime(1024)
    if kind == "fermat":
        close = prime(1024)
        return close * int(gmpy2.next_prime(close + (1 << 500)))
    if kind == "smallfactors":
        return 65521 * prime(2032)
    if kind == "sharedprimes":
        return SHARED * prime(1024)
    # 16 equal bytes in the middle of the modulus, the lower half free to make it a product
    one = prime(1024)
    head = 0xC0FFEE << (2048 - 24) | int.from_bytes(b"\xa5" * 100, "big") << (2048 - 24 - 800)
    return one * int(gmpy2.next_prime(head // one))


@pytest.mark.parametrize("kind", ["roca", "fermat", "smallfactors", "sharedprimes", "pattern"])
def test_weak_key_is_refused_and_the_check_named(kind: str) -> None:
    modulus = weak_modulus(kind)
    assert modulus.bit_length() == 2048
    with pytest.raises(OpenJpkiError) as caught:
        refuse_weak_key(modulus, 65537)
    assert caught.value.reason is Reason.KEY_WEAK
    assert caught.value.metadata == {"check": kind}
    assert CHECKS[kind].split(":")[0] in caught.value.message


def test_small_private_exponent_is_found() -> None:
    one, two = prime(1024), prime(1024)
    small = int(gmpy2.next_prime(CHANCE.getrandbits(400)))
    exponent = pow(small, -1, (one - 1) * (two - 1))
    with pytest.raises(OpenJpkiError) as caught:
        refuse_weak_key(one * two, exponent)
    assert caught.value.metadata == {"check": "smalld"}


def test_factors_are_not_told() -> None:
    modulus = weak_modulus("fermat")
    with pytest.raises(OpenJpkiError) as caught:
        refuse_weak_key(modulus, 65537)
    assert str(gmpy2.isqrt(modulus))[:20] not in str(caught.value)
    assert caught.value.metadata.keys() == {"check"}


@pytest.mark.parametrize("attempt", range(3))
def test_sound_keys_pass(attempt: int) -> None:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    refuse_weak_key(numbers.n, numbers.e)
