"""What is sifted out is what badkeys would not have found either, and nothing else."""

from __future__ import annotations

import random
from math import isqrt

import pytest
from badkeys.checks import checkrsa

from openjpki.x509.foreign.weak_keys import ROUNDS, may_be_close

CHANCE = random.Random(19940601)  # noqa: S311 - the same numbers each time


def found_after(tries: int) -> int:
    """A number of two factors which are found when so many numbers have been tried in vain."""
    middle = CHANCE.getrandbits(1024) | 1 << 1023
    # The root of middle**2 - half**2 is half**2 / (2 * middle) below the middle, rounded up.
    half = isqrt(max(2 * tries - 1, 0) * middle)
    modulus = (middle - half) * (middle + half)
    assert middle - isqrt(modulus) == tries
    return modulus


@pytest.mark.parametrize("tries", range(ROUNDS))
def test_what_would_be_found_is_tried(tries: int) -> None:
    modulus = found_after(tries)
    assert may_be_close(modulus)
    assert checkrsa(modulus, checks=["fermat"])


def test_more_are_not_tried_anyway() -> None:
    """Should badkeys try more, so must the sieve."""
    assert not checkrsa(found_after(ROUNDS), checks=["fermat"])


def test_nearly_all_others_are_not() -> None:
    left = 0
    for _ in range(200):
        one, other = (CHANCE.getrandbits(1024) | 1 << 1023 | 1 for _ in range(2))
        left += may_be_close(one * other)
    assert left < 20
