"""A real RSA key in memory, for tests of what signs with any key."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from openjpki.signer_core import SoftwareKey


@dataclass(frozen=True)
class MemoryKey:
    """One key in two programs: ``cryptography``'s and the compiled module's."""

    private: rsa.RSAPrivateKey
    core: SoftwareKey = field(init=False)

    def __post_init__(self) -> None:
        plain = self.private.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        object.__setattr__(self, "core", SoftwareKey.from_pkcs8(plain))

    @property
    def spki_der(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA256())
