"""Signatures are RSASSA-PKCS1-v1_5 with SHA-256, one by one, in batches and from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import NameOID

from openjpki import signer_core

if TYPE_CHECKING:
    from openjpki.keys.port import KeyBackend, SigningKey

TOKYO = "authority/signing-13/1"


def verify(key: SigningKey, message: bytes, signature: bytes) -> None:
    public = load_der_public_key(key.spki_der)
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())


@pytest.fixture
def key(backend: KeyBackend) -> SigningKey:
    return backend.generate(TOKYO, 2048)


@pytest.mark.parametrize("message", [b"", b"x", b"\x00" * 64, bytes(range(256)) * 4096])
def test_a_signature_verifies_and_repeats(key: SigningKey, message: bytes) -> None:
    signature = key.sign(message)
    verify(key, message, signature)
    assert key.sign(message) == signature
    with pytest.raises(InvalidSignature):
        verify(key, message + b"!", signature)


@pytest.mark.parametrize("count", [0, 1, 2, 16, 17, 1000])
def test_a_batch_is_its_single_signatures_in_order(key: SigningKey, count: int) -> None:
    messages = [f"message {number}".encode() for number in range(count)]
    signatures = key.sign_batch(messages)
    assert len(signatures) == count
    for message, signature in zip(messages, signatures, strict=True):
        verify(key, message, signature)
    for index in {0, count // 2, count - 1} & set(range(count)):
        assert key.sign(messages[index]) == signatures[index]


def test_a_batch_may_repeat_messages(key: SigningKey) -> None:
    first, second, third = key.sign_batch([b"a", b"b", b"a"])
    assert first == third != second


def test_keys_of_one_backend_sign_side_by_side(backend: KeyBackend) -> None:
    keys = [backend.generate(f"authority/{prefecture}/1", 2048) for prefecture in (13, 27, 47)]

    def work(worker: int) -> list[tuple[SigningKey, bytes, bytes]]:
        done = []
        for turn in range(25):
            key = keys[(worker + turn) % len(keys)]
            message = f"{worker} {turn}".encode()
            done.append((key, message, key.sign(message)))
        return done

    with ThreadPoolExecutor(12) as pool:
        for done in pool.map(work, range(12)):
            for key, message, signature in done:
                verify(key, message, signature)


def test_batches_sign_while_a_key_is_made(backend: KeyBackend, key: SigningKey) -> None:
    messages = [f"message {number}".encode() for number in range(100)]
    expected = key.sign_batch(messages)
    with ThreadPoolExecutor(5) as pool:
        batches = [pool.submit(key.sign_batch, messages) for _ in range(8)]
        made = pool.submit(backend.generate, "authority/signing-27/1", 2048)
        assert all(batch.result() == expected for batch in batches)
        verify(made.result(), b"new", made.result().sign(b"new"))


def test_a_key_is_opened_many_times_over(backend: KeyBackend, key: SigningKey) -> None:
    again = [backend.open(TOKYO) for _ in range(3)]
    assert {one.sign(b"message") for one in (key, *again)} == {key.sign(b"message")}


def test_the_compiled_builders_sign_with_it(backend: KeyBackend, key: SigningKey) -> None:
    issuer = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "JP")])
    list_der = signer_core.encode_crl(
        issuer_der=issuer.public_bytes(),
        this_update=1_800_000_000,
        next_update=1_800_172_800,
        serials=b"",
        serial_lengths=b"",
        revocation_dates=b"",
        reasons=b"",
        crl_number=1,
        authority_key_id=b"\x01" * 20,
        issuing_distribution_point_der=None,
        key=backend.open(TOKYO).core,
    )
    public = load_der_public_key(key.spki_der)
    assert isinstance(public, rsa.RSAPublicKey)
    assert x509.load_der_x509_crl(list_der).is_signature_valid(public)
