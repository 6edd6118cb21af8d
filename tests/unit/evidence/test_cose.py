"""Signatures over statements: theirs alone, and not an octet different."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import cbor2
import gmpy2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import require_signed, sign
from openjpki.evidence.key_rules import require_officer_key
from openjpki.evidence.public_key import StatementPublicKey
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.keys.statements.backend_key import BackendStatementKey
from openjpki.signer_core import SoftwareKey
from tests.support.statements import any_statement, decided, memory_key, one_of_each_kind

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement
    from openjpki.evidence.statement_key import StatementKey

ES256 = memory_key()
RS256 = BackendStatementKey(CoreSigningKey("officer/test/1", SoftwareKey.generate(2048)))
KEYS = pytest.mark.parametrize("key", [ES256, RS256], ids=["ES256", "RS256"])


def _is_signed(statement: Statement, octets: bytes, key: StatementKey) -> bool:
    try:
        require_signed(statement, octets, key.public_key, field="approval")
    except OpenJpkiError as refused:
        return (refused.reason, refused.field) != (Reason.EVIDENCE_SIGNATURE_INVALID, "approval")
    return True


@KEYS
def test_a_signature_counts_for_its_own_kind_alone(key: StatementKey) -> None:
    signed = [(one, sign(one, key)) for one in one_of_each_kind()]
    for (statement, _), (other, octets) in itertools.product(signed, signed):
        assert _is_signed(statement, octets, key) is (statement is other)


@given(any_statement(), any_statement())
def test_no_signature_passes_for_another_statement(first: Statement, second: Statement) -> None:
    assert _is_signed(second, sign(first, ES256), ES256) is (first == second)


@KEYS
def test_another_keys_signature_is_none(key: StatementKey) -> None:
    other = RS256 if key is ES256 else memory_key()
    assert not _is_signed(decided(), sign(decided(), other), key)
    assert not _is_signed(decided(), sign(decided(), memory_key()), key)


@KEYS
@given(data=st.data())
def test_an_altered_octet_is_refused(key: StatementKey, data: st.DataObject) -> None:
    octets = bytearray(sign(decided(), key))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    assert not _is_signed(decided(), bytes(octets), key)


@given(st.binary(max_size=700))
def test_other_octets_are_refused(octets: bytes) -> None:
    assert not _is_signed(decided(), octets, ES256)


@KEYS
def test_every_part_of_the_message_is_fixed(key: StatementKey) -> None:
    octets = sign(decided(), key)
    protected, unprotected, payload, signature = cbor2.loads(octets).value
    assert cbor2.loads(protected) == {
        1: -7 if key is ES256 else -257,
        4: key.public_key.sha256,
    }
    assert (unprotected, payload, len(signature)) == ({}, None, key.public_key.signature_octets)
    for parts in (
        [protected, {5: b""}, None, signature],
        [protected, {}, b"", signature],
        [protected, {}, None, signature + b"\0"],
        [protected, {}, None, signature, None],
        [cbor2.dumps({1: -7, 3: 0, 4: key.public_key.sha256}), {}, None, signature],
    ):
        assert not _is_signed(decided(), cbor2.dumps(cbor2.CBORTag(18, parts)), key)
    assert not _is_signed(decided(), octets[1:], key), "without its tag"
    assert not _is_signed(decided(), octets + b"\0", key), "with something behind it"


@pytest.mark.parametrize("halves", [(0, 0), (0, 1), (1, 0)])
def test_a_half_of_zero_is_no_signature(halves: tuple[int, int]) -> None:
    octets = sign(decided(), ES256)[:-64] + b"".join(half.to_bytes(32, "big") for half in halves)
    assert not _is_signed(decided(), octets, ES256)


def _spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_which_keys_an_officer_may_have() -> None:
    assert require_officer_key(ES256.public_key.spki_der) == ES256.public_key
    assert require_officer_key(RS256.public_key.spki_der) == RS256.public_key
    for spki_der, reason in (
        (_spki(ec.generate_private_key(ec.SECP384R1())), Reason.KEY_TYPE_REFUSED),
        (_spki(rsa.generate_private_key(65537, 1024)), Reason.KEY_SIZE_REFUSED),  # noqa: S505
        (_spki(rsa.generate_private_key(3, 2048)), Reason.KEY_EXPONENT_REFUSED),
        (_with_close_primes(), Reason.KEY_WEAK),
        (b"\x30\x00", Reason.MALFORMED_DER),
        (ES256.public_key.spki_der + b"\0", Reason.MALFORMED_DER),
    ):
        with pytest.raises(OpenJpkiError) as refused:
            require_officer_key(spki_der, field="public_key")
        assert (refused.value.reason, refused.value.field) == (reason, "public_key")


def test_a_key_has_one_form_and_so_one_fingerprint() -> None:
    point = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), ES256.public_key.spki_der[-65:]
    )
    compressed = point.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    )
    other_form = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + compressed
    with pytest.raises(OpenJpkiError) as refused:
        StatementPublicKey.parse(other_form)
    assert refused.value.reason is Reason.KEY_TYPE_REFUSED


def _with_close_primes() -> bytes:
    """A public key that Fermat's method factors."""
    prime = rsa.generate_private_key(65537, 2048).private_numbers().p
    modulus = prime * int(gmpy2.next_prime(prime + (1 << 500)))
    return (
        rsa.RSAPublicNumbers(65537, modulus)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
