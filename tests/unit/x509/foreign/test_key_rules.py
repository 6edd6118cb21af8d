"""One rule for every key that a stranger sends, looked at before the key is used."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.errors import OpenJpkiError, Reason
from openjpki.signer_core import MalformedError, PathPublicKey, SignerError, StatementKey
from openjpki.x509.foreign.key_rules import (
    AUTHORITY_KEYS,
    ENROLLED_KEYS,
    KEYS_TO_VERIFY_BY,
    USER_KEYS,
    KeyRule,
    require_key,
)
from openjpki.x509.foreign.signature import require_valid
from openjpki_devkit.forge import der

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = [AUTHORITY_KEYS, ENROLLED_KEYS, KEYS_TO_VERIFY_BY, USER_KEYS]
SHA256_RSA = "1.2.840.113549.1.1.11"


def key_of(public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> PathPublicKey:
    """As the key comes in a certificate, or alone."""
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PathPublicKey.read(spki)


def rsa_key(bits: int, exponent: int) -> rsa.RSAPublicKey:
    """Numbers that nobody has the private half of."""
    return rsa.RSAPublicNumbers(exponent, (1 << (bits - 1)) | 1).public_key()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("bits", "exponent", "reason"),
    [
        (1024, 65537, Reason.KEY_SIZE_REFUSED),
        (2047, 65537, Reason.KEY_SIZE_REFUSED),
        (8200, 65537, Reason.KEY_SIZE_REFUSED),
        (2048, (1 << 33) + 1, Reason.KEY_EXPONENT_REFUSED),
        (2048, (1 << 1024) + 1, Reason.KEY_EXPONENT_REFUSED),
    ],
)
def test_no_rule_lets_such_a_key_in(
    rule: KeyRule, bits: int, exponent: int, reason: Reason
) -> None:
    with pytest.raises(OpenJpkiError) as refused:
        require_key(key_of(rsa_key(bits, exponent)), field="certificate", rule=rule)
    assert refused.value.reason is reason
    assert refused.value.field == "certificate"


def test_what_others_issued_may_have_a_small_exponent_and_another_kind_of_key() -> None:
    small = key_of(rsa_key(2048, 3))
    require_key(small, field="certificate")
    with pytest.raises(OpenJpkiError) as refused:
        require_key(small, field="certificate", rule=ENROLLED_KEYS)
    assert refused.value.reason is Reason.KEY_EXPONENT_REFUSED
    require_key(key_of(rsa_key(8192, (1 << 33) - 1)), field="certificate")
    require_key(key_of(ec.generate_private_key(ec.SECP384R1()).public_key()), field="certificate")


def test_a_signature_is_not_verified_by_a_key_out_of_bounds() -> None:
    """Of documents as of requests for status: both ask here."""
    with pytest.raises(OpenJpkiError) as refused:
        require_valid(
            key_of(rsa_key(2048, (1 << 2040) + 1)),
            algorithm=SHA256_RSA,
            parameters=None,
            signature=bytes(256),
            message=b"",
            field="cms",
        )
    assert refused.value.reason is Reason.KEY_EXPONENT_REFUSED


def test_whatever_verifies_takes_the_same_keys() -> None:
    """The path engine, what verifies officers' statements, and the rule that refuses by name."""
    chance = random.Random(20_260_401)  # noqa: S311 - not for secrets
    bounds = (0, 1, 2, 1023, 2047, 2048, 2049, 3072, 4096, 8191, 8192, 8193, 16_384)
    exponents = (0, 1, 2, 3, 4, 65_537, (1 << 33) - 1, 1 << 33, (1 << 33) + 1, (1 << 256) + 1)
    taken = 0
    for bits in bounds:
        for exponent in exponents:
            for odd in (0, 1):
                modulus = (chance.getrandbits(bits) | 1 << bits >> 1) & ~1 | odd if bits else 0
                spki = rsa_spki(modulus, exponent)
                fault = PathPublicKey.read(spki).fault
                taken += fault is None
                assert (fault is None) == is_taken(require, spki)
                assert (fault is None) == is_taken(StatementKey.rs256, spki)
    assert taken == 6 * 3


def rsa_spki(modulus: int, exponent: int) -> bytes:
    key = der.sequence(der.integer(modulus), der.integer(exponent))
    algorithm = der.sequence(der.oid("1.2.840.113549.1.1.1"), b"\x05\x00")
    return der.sequence(algorithm, der.bits(key))


def require(spki: bytes) -> None:
    require_key(PathPublicKey.read(spki), field="key")


def is_taken(reads: Callable[[bytes], object], spki: bytes) -> bool:
    try:
        reads(spki)
    except (OpenJpkiError, SignerError, MalformedError):
        return False
    return True
