"""Software keys: what `cryptography` makes of them, and what they refuse."""

import copy
import multiprocessing
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from openjpki import signer_core

HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


def pkcs8(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_key(key: signer_core.SoftwareKey) -> rsa.RSAPublicKey:
    loaded = serialization.load_der_public_key(key.spki_der)
    assert isinstance(loaded, rsa.RSAPublicKey)
    return loaded


@pytest.fixture(scope="module")
def foreign() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def key(foreign: rsa.RSAPrivateKey) -> signer_core.SoftwareKey:
    return signer_core.SoftwareKey.from_pkcs8(pkcs8(foreign))


@pytest.mark.parametrize("name", HASHES)
@settings(max_examples=15)
@given(message=st.binary(max_size=300))
def test_signatures_equal_those_of_cryptography(
    name: str, foreign: rsa.RSAPrivateKey, key: signer_core.SoftwareKey, message: bytes
) -> None:
    assert key.sign(message, hash=name) == foreign.sign(message, padding.PKCS1v15(), HASHES[name])


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_generated_keys_sign_what_cryptography_verifies(bits: int) -> None:
    key = signer_core.SoftwareKey.generate(bits)
    public = public_key(key)
    assert (key.bits, public.key_size) == (bits, bits)
    assert public.public_numbers().e == 65537
    public.verify(key.sign(b"message"), b"message", padding.PKCS1v15(), hashes.SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(key.sign(b"other"), b"message", padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("threads", [None, 1, 2, 7])
def test_batches_answer_in_order(key: signer_core.SoftwareKey, threads: int | None) -> None:
    messages = [bytes([n]) * n for n in range(40)]
    signatures = key.sign_batch(messages, threads=threads)
    assert signatures == [key.sign(message) for message in messages]
    assert signer_core.verify_batch(key.spki_der, messages, signatures) == [True] * 40


@pytest.mark.parametrize("bits", [2048, 2056, 3000, 4096])
@pytest.mark.parametrize("name", HASHES)
def test_batches_equal_those_of_cryptography(bits: int, name: str) -> None:
    """Made together where the size allows; a modulus may end inside a machine word."""
    foreign = rsa.generate_private_key(65537, bits)
    key = signer_core.SoftwareKey.from_pkcs8(pkcs8(foreign))
    messages = [bytes([n]) for n in range(20)]
    expected = [foreign.sign(message, padding.PKCS1v15(), HASHES[name]) for message in messages]
    assert key.sign_batch(messages, threads=1, hash=name) == expected


def test_requests_of_many_keys_are_what_each_key_signs(key: signer_core.SoftwareKey) -> None:
    keys = [key, *(signer_core.SoftwareKey.generate(bits) for bits in (2048, 3072, 2048))]
    requests = [(keys[n % len(keys)], bytes([n])) for n in range(30)]
    for threads in (None, 1):
        signed = signer_core.sign_requests(requests, threads)
        assert signed == [each.sign(message) for each, message in requests]
    assert signer_core.sign_requests([]) == []


def test_threads_that_sign_at_once_each_get_their_own(key: signer_core.SoftwareKey) -> None:
    """Single signatures of several threads share groups."""
    other = signer_core.SoftwareKey.generate(2048)
    messages = [bytes([n]) for n in range(48)]
    signers = [(key, other)[n % 2] for n in range(48)]
    with ThreadPoolExecutor(12) as pool:
        signed = list(pool.map(lambda each, message: each.sign(message), signers, messages))
    alone = [each.sign_batch([message])[0] for each, message in zip(signers, messages, strict=True)]
    assert signed == alone


def test_the_wait_for_other_threads_has_bounds(key: signer_core.SoftwareKey) -> None:
    for seconds in (-1e-9, 1.001, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="gathering"):
            signer_core.set_gathering(seconds)
    expected = [key.sign(bytes([number])) for number in range(8)]
    try:
        for set_to in (0.0, 0.02, None):
            signer_core.set_gathering(set_to)
            with ThreadPoolExecutor(8) as threads:
                assert list(threads.map(lambda n: key.sign(bytes([n])), range(8))) == expected
    finally:
        signer_core.set_gathering(None)


def test_lanes_switched_off_make_the_same_signatures(key: signer_core.SoftwareKey) -> None:
    messages = [bytes([number]) for number in range(20)]
    together = key.sign_batch(messages)
    try:
        signer_core.switch_lanes(False)
        off = signer_core.lanes()
        assert (off.smallest_group, off.wait, off.measured) == (0, 0.0, None)
        assert key.sign_batch(messages) == together
        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(key.sign, messages)) == together
    finally:
        signer_core.switch_lanes(True)


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_what_is_made_together_follows_from_what_was_measured(bits: int) -> None:
    found = signer_core.lanes(bits)
    if found.measured is None:
        # A processor without lanes.
        assert (found.smallest_group, found.wait) == (0, 0.0)
        return
    single, four, eight = found.measured
    assert min(single, four, eight) > 0
    gains = [size for size in range(2, 9) if (four if size <= 4 else eight) < size * single]
    assert found.smallest_group == 0 or found.smallest_group >= gains[0]
    assert found.wait <= single
    assert signer_core.lanes(bits).measured == found.measured, "measured once"


def test_sizes_nobody_makes_keys_of_have_no_lanes() -> None:
    assert signer_core.lanes(2056).measured is None


def test_verify_batch_points_at_the_bad_ones(key: signer_core.SoftwareKey) -> None:
    signatures = key.sign_batch([b"a", b"b", b"c"])
    assert signer_core.verify_batch(key.spki_der, [b"a", b"x", b"c"], signatures) == [
        True,
        False,
        True,
    ]
    assert signer_core.verify_batch(key.spki_der, [b"a"], [b""]) == [False]
    with pytest.raises(ValueError, match="signatures"):
        signer_core.verify_batch(key.spki_der, [b"a"], signatures)
    with pytest.raises(signer_core.MalformedError):
        signer_core.verify_batch(key.spki_der + b"\0", [], [])


def test_other_threads_run_while_a_batch_is_signed(key: signer_core.SoftwareKey) -> None:
    ticks = 0
    done = threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    watcher = threading.Thread(target=tick)
    watcher.start()
    try:
        key.sign_batch([b"x"] * 500, threads=1)
        seen = ticks
    finally:
        done.set()
        watcher.join()
    # 500 signatures take a tenth of a second; with the GIL held the other thread gets one turn.
    assert seen > 5


def test_a_forked_process_signs_with_threads_of_its_own(key: signer_core.SoftwareKey) -> None:
    """Threads do not survive a fork; waiting for the parent's would never end."""
    messages = [b"a", b"b", b"c"]
    expected = key.sign_batch(messages)
    assert _of_a_forked_child(lambda: key.sign_batch(messages)) == expected


def test_a_forked_process_keeps_what_was_measured() -> None:
    measured = signer_core.lanes().measured
    assert _of_a_forked_child(lambda: signer_core.lanes().measured) == measured


def _of_a_forked_child(work: Callable[[], object]) -> object:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=lambda: answers.put(work()))
    child.start()
    child.join(timeout=30)
    alive = child.is_alive()
    child.kill()
    assert not alive
    return answers.get()


def test_encrypted_keys_open_with_their_password_only(
    foreign: rsa.RSAPrivateKey, key: signer_core.SoftwareKey
) -> None:
    stored = key.to_encrypted_pkcs8(b"correct horse", iterations=100_000)
    opened = serialization.load_der_private_key(stored, b"correct horse")
    assert isinstance(opened, rsa.RSAPrivateKey)
    assert opened.private_numbers() == foreign.private_numbers()
    with pytest.raises(signer_core.CredentialRefusedError):
        signer_core.SoftwareKey.from_encrypted_pkcs8(stored, b"battery staple")
    with pytest.raises(signer_core.MalformedError):
        signer_core.SoftwareKey.from_encrypted_pkcs8(stored[:-1], b"correct horse")


def test_keys_cryptography_encrypted_are_read(foreign: rsa.RSAPrivateKey) -> None:
    stored = foreign.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"correct horse"),
    )
    again = signer_core.SoftwareKey.from_encrypted_pkcs8(stored, b"correct horse")
    assert public_key(again) == foreign.public_key()


@pytest.mark.parametrize("arguments", [(b"", 100_000), (b"x", 99_999)])
def test_weak_storage_is_refused(
    key: signer_core.SoftwareKey, arguments: tuple[bytes, int]
) -> None:
    with pytest.raises(ValueError, match=r"password|iterations"):
        key.to_encrypted_pkcs8(*arguments)


def test_keys_outside_the_profile_are_refused() -> None:
    load = signer_core.SoftwareKey.from_pkcs8
    with pytest.raises(signer_core.SignerError):
        load(pkcs8(rsa.generate_private_key(65537, 1024)))  # noqa: S505 the point
    with pytest.raises(signer_core.SignerError, match="exponent"):
        load(pkcs8(rsa.generate_private_key(3, 2048)))
    with pytest.raises(signer_core.SignerError, match="not RSA"):
        load(pkcs8(ed25519.Ed25519PrivateKey.generate()))


@pytest.mark.parametrize("bits", [0, 1024, 2047, 8192])
def test_sizes_that_are_not_made_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        signer_core.SoftwareKey.generate(bits)


def test_errors_and_representation_hold_nothing_of_the_key(foreign: rsa.RSAPrivateKey) -> None:
    der = pkcs8(foreign)
    for damaged in (der[:-1], der + b"\0", b"", b"-----BEGIN PRIVATE KEY-----"):
        with pytest.raises(signer_core.MalformedError) as refusal:
            signer_core.SoftwareKey.from_pkcs8(damaged)
        assert str(refusal.value) == "PrivateKeyInfo: not DER of an unencrypted PKCS#8 key"
    assert repr(signer_core.SoftwareKey.from_pkcs8(der)) == "SoftwareKey(bits=2048)"


@pytest.mark.parametrize("leak", [pickle.dumps, copy.copy, copy.deepcopy])
def test_keys_can_not_be_copied(
    key: signer_core.SoftwareKey, leak: Callable[[object], object]
) -> None:
    with pytest.raises(TypeError, match="private key"):
        leak(key)


def test_arguments_of_other_kinds_are_refused(key: signer_core.SoftwareKey) -> None:
    with pytest.raises(ValueError, match="hash"):
        key.sign(b"x", hash="md5")
    with pytest.raises(ValueError, match="threads"):
        key.sign_batch([b"x"], threads=0)
    with pytest.raises(TypeError):
        key.sign("text")  # type: ignore[arg-type]  # the point of the test
