"""Signing X.509 objects with a key that may live in a device.

``cryptography``'s builders encode the to-be-signed bytes and then call ``sign`` on the private key
they were given. A subclass of their abstract key that passes this call on lets an authority's key
stay wherever it is, in memory or behind PKCS#11, while the encoding stays the library's.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from openjpki.errors import OpenJpkiError, Reason


class SigningKey(Protocol):
    """What this room needs of a key: its public half, and RSASSA-PKCS1-v1_5 with SHA-256."""

    @property
    def spki_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER (RFC 5280 4.1.2.7)."""

    def sign(self, message: bytes) -> bytes:
        """Signature over the whole message (not over its digest), as long as the modulus."""


def load_rsa_spki(spki_der: bytes, *, field: str = "public_key") -> rsa.RSAPublicKey:
    """Read an RSA public key. Raises ``KEY_TYPE_REFUSED`` or ``MALFORMED_DER``."""
    try:
        key = serialization.load_der_public_key(spki_der)
    except UnsupportedAlgorithm as error:
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be an RSA key", field=field) from error
    except ValueError as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a SubjectPublicKeyInfo", field=field
        ) from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise OpenJpkiError(Reason.KEY_TYPE_REFUSED, "must be an RSA key", field=field)
    return key


class DelegatingKey(rsa.RSAPrivateKey):
    """A private key as the builders expect it; every signature is made by ``key``.

    Each signature is verified before it leaves, so a faulty device or a bit flip cannot put a
    wrong signature, from which a private key can be computed, into circulation.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public = load_rsa_spki(key.spki_der)

    def sign(
        self,
        data: bytes,
        padding: object,
        algorithm: object,
    ) -> bytes:
        """Sign as the builders ask: PKCS#1 v1.5 with SHA-256, nothing else."""
        if not is_pkcs1v15(padding) or not isinstance(algorithm, hashes.SHA256):
            raise OpenJpkiError(Reason.INTERNAL, "only RSASSA-PKCS1-v1_5 with SHA-256 is signed")
        signature = self._key.sign(bytes(data))
        verify_pkcs1_sha256(self._public, signature, bytes(data))
        return signature

    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def decrypt(self, *_args: object, **_kwargs: object) -> bytes:
        """Refused: an authority's key only signs (R9.2.4a)."""
        self._refuse()

    def private_numbers(self) -> rsa.RSAPrivateNumbers:
        """Refused: the private half is not ours to read."""
        self._refuse()

    def private_bytes(self, *_args: object, **_kwargs: object) -> bytes:
        """Refused: the private half is not ours to read."""
        self._refuse()

    def __copy__(self) -> DelegatingKey:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> DelegatingKey:
        return self

    @staticmethod
    def _refuse() -> NoReturn:
        raise OpenJpkiError(Reason.INTERNAL, "this key only signs")


def is_pkcs1v15(value: object) -> bool:
    """Whether a padding is the one every signature here uses."""
    return isinstance(value, padding.PKCS1v15)


def verify_pkcs1_sha256(public: rsa.RSAPublicKey, signature: bytes, message: bytes) -> None:
    """Check a signature this system has just made. Raises ``INTERNAL`` when it is wrong."""
    try:
        public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise OpenJpkiError(
            Reason.INTERNAL, "the key returned a signature that does not verify"
        ) from error
