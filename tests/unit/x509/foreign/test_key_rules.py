"""One rule for every key that a stranger sends, looked at before the key is used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.key_rules import (
    AUTHORITY_KEYS,
    ENROLLED_KEYS,
    KEYS_TO_VERIFY_BY,
    USER_KEYS,
    KeyRule,
    require_key,
)
from openjpki.x509.foreign.signature import require_valid
from tests.support import x509_samples as samples

RULES = [AUTHORITY_KEYS, ENROLLED_KEYS, KEYS_TO_VERIFY_BY, USER_KEYS]
SHA256_RSA = "1.2.840.113549.1.1.11"


def certificate_of(public_key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> x509.Certificate:
    """A certificate over a key, signed by another one."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public_key)
        .serial_number(1)
        .not_valid_before(samples.NOW)
        .not_valid_after(samples.NOW + timedelta(days=1))
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )


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
        require_key(certificate_of(rsa_key(bits, exponent)), field="certificate", rule=rule)
    assert refused.value.reason is reason
    assert refused.value.field == "certificate"


def test_what_others_issued_may_have_a_small_exponent_and_another_kind_of_key() -> None:
    small = certificate_of(rsa_key(2048, 3))
    require_key(small, field="certificate")
    with pytest.raises(OpenJpkiError) as refused:
        require_key(small, field="certificate", rule=ENROLLED_KEYS)
    assert refused.value.reason is Reason.KEY_EXPONENT_REFUSED
    require_key(certificate_of(rsa_key(8192, (1 << 33) - 1)), field="certificate")
    require_key(
        certificate_of(ec.generate_private_key(ec.SECP384R1()).public_key()), field="certificate"
    )


def test_a_signature_is_not_verified_by_a_key_out_of_bounds() -> None:
    """Of documents as of requests for status: both ask here."""
    with pytest.raises(OpenJpkiError) as refused:
        require_valid(
            certificate_of(rsa_key(2048, (1 << 2040) + 1)),
            algorithm=SHA256_RSA,
            parameters=None,
            signature=bytes(256),
            message=b"",
            field="cms",
        )
    assert refused.value.reason is Reason.KEY_EXPONENT_REFUSED
