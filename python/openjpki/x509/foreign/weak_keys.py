"""Refusing RSA keys whose private half can be computed from the public one.

The mathematics is PyPI ``badkeys``'; only those of its checks are selected that need no download.
Keys that are merely known to be compromised (Debian's of 2008, leaked ones) are in a list of its
publisher that is not part of the package and are not found here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from badkeys.checks import checkrsa

from openjpki.errors import OpenJpkiError, Reason

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


def refuse_weak_key(modulus: int, exponent: int, *, field: str = "csr") -> None:
    """Raise ``KEY_WEAK`` naming the first check that found something.

    ``modulus`` and ``exponent`` are an RSA public key that has passed a
    :class:`~openjpki.x509.foreign.key_rules.KeyRule`. Takes about a millisecond. The factors that
    a check may have found are not kept.
    """
    for check, meaning in CHECKS.items():
        if checkrsa(modulus, e=exponent, checks=[check]):
            raise OpenJpkiError(
                Reason.KEY_WEAK, f"must not be a weak key ({meaning})", field=field, check=check
            )
