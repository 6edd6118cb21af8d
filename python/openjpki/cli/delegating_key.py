"""A key as the builders of ``cryptography`` expect one: for what a card signs.

They encode what is to be signed and then call ``sign`` on the private key they were given. A
subclass of their abstract key that passes this call on lets the key stay where it is. What an
authority signs goes another way: only what the certificate engine has checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.public_key import load_rsa_spki

if TYPE_CHECKING:
    from openjpki.keys.port import SigningKey


class DelegatingKey(rsa.RSAPrivateKey):
    """A private key as the builders expect it; every signature is made by ``key``.

    The port verifies each signature before it leaves, so a faulty device or a bit flip cannot put
    a wrong signature, from which a private key can be computed, into circulation.
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
        if not isinstance(padding, paddings.PKCS1v15) or not isinstance(algorithm, hashes.SHA256):
            raise OpenJpkiError(Reason.INTERNAL, "only RSASSA-PKCS1-v1_5 with SHA-256 is signed")
        return self._key.sign(bytes(data))

    def public_key(self) -> rsa.RSAPublicKey:
        """The public half."""
        return self._public

    @property
    def key_size(self) -> int:
        """Bits of the modulus."""
        return self._public.key_size

    def decrypt(self, *_args: object, **_kwargs: object) -> bytes:
        """Refused: the key only signs."""
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
