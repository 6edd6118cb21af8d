"""What a PKCS#10 request may and may not be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import gmpy2
import pytest
from asn1crypto import csr as asn1_csr
from asn1crypto import keys as asn1_keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.key_rules import AUTHORITY_KEYS
from openjpki.x509.foreign.reading import MAX_REQUEST_BYTES
from tests.support.x509_samples import key_usage

if TYPE_CHECKING:
    from tests.unit.x509.conftest import KeyMaker

DER = serialization.Encoding.DER


def request(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    name: x509.Name,
    *extensions: x509.ExtensionType,
) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(DER)


def with_numbers(
    der: bytes, *, modulus: int | None = None, exponent: int | None = None, algorithm: str = "rsa"
) -> bytes:
    """The same request with other key numbers; its signature no longer fits."""
    original = asn1_csr.CertificationRequest.load(der)
    info = original["certification_request_info"]
    key = info["subject_pk_info"]["public_key"].parsed
    changed = asn1_csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": info["subject"],
            "subject_pk_info": asn1_keys.PublicKeyInfo(
                {
                    "algorithm": {"algorithm": algorithm},
                    "public_key": asn1_keys.RSAPublicKey(
                        {
                            "modulus": modulus or key["modulus"].native,
                            "public_exponent": exponent or key["public_exponent"].native,
                        }
                    ),
                }
            ),
            "attributes": [],
        }
    )
    encoded: bytes = asn1_csr.CertificationRequest(
        {
            "certification_request_info": changed,
            "signature_algorithm": original["signature_algorithm"],
            "signature": original["signature"],
        }
    ).dump()
    return encoded


def refused(der: bytes, reason: Reason) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        parse_csr(der)
    assert caught.value.reason is reason
    assert caught.value.field == "csr"


@pytest.fixture(scope="module")
def key(make_key: KeyMaker) -> rsa.RSAPrivateKey:
    return make_key("applicant").private


@pytest.fixture(scope="module")
def good(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "applicant")])
    return request(key, name)


def test_request_yields_the_key_and_its_identifiers(key: rsa.RSAPrivateKey, good: bytes) -> None:
    parsed = parse_csr(good)
    spki = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert parsed.spki_der == spki
    assert parsed.fingerprint == hashlib.sha256(spki).digest()
    assert parsed.key_id == x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest
    assert parsed.modulus == key.public_key().public_numbers().n


def test_every_truncation_is_malformed(good: bytes) -> None:
    for length in range(0, len(good), 7):
        refused(good[:length], Reason.MALFORMED_DER)


def test_trailing_byte_is_told_apart(good: bytes) -> None:
    refused(good + b"\x00", Reason.TRAILING_BYTES)


def test_pem_and_indefinite_length_are_malformed(good: bytes) -> None:
    refused(b"-----BEGIN CERTIFICATE REQUEST-----", Reason.MALFORMED_DER)
    refused(b"\x30\x80\x00\x00", Reason.MALFORMED_DER)


def test_oversized_request(good: bytes) -> None:
    refused(good + bytes(MAX_REQUEST_BYTES), Reason.MESSAGE_TOO_LARGE)


def test_changed_byte_in_the_signature_fails_possession(good: bytes) -> None:
    refused(good[:-1] + bytes([good[-1] ^ 1]), Reason.CSR_SIGNATURE_INVALID)


def test_signature_of_another_key_fails_possession(good: bytes, make_key: KeyMaker) -> None:
    other = make_key("other").private.public_key().public_numbers()
    refused(with_numbers(good, modulus=other.n), Reason.CSR_SIGNATURE_INVALID)


def test_sha1_proof_of_possession_is_refused(good: bytes) -> None:
    # The library no longer signs with SHA-1, so the algorithm is renamed in place: what matters
    # is that the request is turned down by its stated hash, before its signature is looked at.
    sha256 = bytes.fromhex("06092a864886f70d01010b")
    sha1 = bytes.fromhex("06092a864886f70d010105")
    assert good.count(sha256) == 1
    refused(good.replace(sha256, sha1), Reason.CSR_SIGNATURE_INVALID)


@pytest.mark.parametrize("bits", [1024, 3072])
def test_sizes_other_than_2048_are_refused_for_users(bits: int, simple_name: x509.Name) -> None:
    refused(request(rsa.generate_private_key(65537, bits), simple_name), Reason.KEY_SIZE_REFUSED)


def test_authorities_may_have_longer_keys(simple_name: x509.Name) -> None:
    der = request(rsa.generate_private_key(65537, 3072), simple_name)
    assert parse_csr(der, rule=AUTHORITY_KEYS).modulus.bit_length() == 3072


def test_enormous_modulus_is_refused_by_size(good: bytes) -> None:
    refused(with_numbers(good, modulus=(1 << 60000) + 1), Reason.KEY_SIZE_REFUSED)


@pytest.mark.parametrize("exponent", [1, 2, 3, 17, 65535, 65536, 65538, (1 << 256) + 1])
def test_exponents_out_of_range(good: bytes, exponent: int) -> None:
    refused(with_numbers(good, exponent=exponent), Reason.KEY_EXPONENT_REFUSED)


def test_weak_key_is_refused_although_its_holder_proves_to_have_it(
    simple_name: x509.Name,
) -> None:
    """Primes too close to each other, so that whoever sees the modulus has them too."""
    p = int(gmpy2.next_prime(0b11 << 1022))
    q = int(gmpy2.next_prime(p + (1 << 490)))
    d = pow(65537, -1, (p - 1) * (q - 1))
    weak = rsa.RSAPrivateNumbers(
        p=q,
        q=p,
        d=d,
        dmp1=d % (q - 1),
        dmq1=d % (p - 1),
        iqmp=rsa.rsa_crt_iqmp(q, p),
        public_numbers=rsa.RSAPublicNumbers(65537, p * q),
    ).private_key()
    refused(request(weak, simple_name), Reason.KEY_WEAK)


def test_other_key_types(simple_name: x509.Name, good: bytes) -> None:
    refused(request(ec.generate_private_key(ec.SECP256R1()), simple_name), Reason.KEY_TYPE_REFUSED)
    refused(with_numbers(good, algorithm="rsassa_pss"), Reason.KEY_TYPE_REFUSED)


@pytest.mark.parametrize(
    "extension",
    [
        x509.BasicConstraints(ca=True, path_length=None),
        key_usage(key_cert_sign=True),
        key_usage(digital_signature=True, crl_sign=True),
    ],
    ids=["CA:TRUE", "keyCertSign", "cRLSign"],
)
def test_asking_for_authority(
    key: rsa.RSAPrivateKey, simple_name: x509.Name, extension: x509.ExtensionType
) -> None:
    der = request(key, simple_name, extension)
    refused(der, Reason.CSR_ASKS_FOR_AUTHORITY)
    assert parse_csr(der, authority=True).spki_der


def test_harmless_extensions_are_allowed(key: rsa.RSAPrivateKey, simple_name: x509.Name) -> None:
    der = request(
        key,
        simple_name,
        x509.BasicConstraints(ca=False, path_length=None),
        key_usage(digital_signature=True),
    )
    assert parse_csr(der)


@given(data=st.data())
def test_mutations_end_in_a_typed_refusal(good: bytes, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(good) - 1))
    value = data.draw(st.integers(0, 255))
    mutated = good[:position] + bytes([value]) + good[position + 1 :]
    if mutated == good:
        assert parse_csr(mutated)
        return
    with pytest.raises(OpenJpkiError):
        parse_csr(mutated)


@given(st.binary(max_size=400))
def test_noise_ends_in_a_typed_refusal(noise: bytes) -> None:
    with pytest.raises(OpenJpkiError):
        parse_csr(noise)
