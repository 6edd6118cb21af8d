"""The applicant's key in a file, not on a card, where policy allows software media (R2.3.2).

The window's generator keeps nothing: the only copy leaves encrypted (R2.3.1).
"""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from openjpki.rpc.identity.private_files import write_private

_BITS = 2048
_EXPONENT = 65537


def make_key(path: Path, passphrase: bytes) -> bytes:
    """Makes a key pair, writes it encrypted (PKCS#8, mode 0600); its PKCS#10 in DER back.

    The request's subject is empty: names come from the application, never from the key's holder.
    """
    key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    write_private(
        path,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        ),
    )
    return certification_request(key)


def certification_request(key: rsa.RSAPrivateKey) -> bytes:
    """PKCS#10 of a key, DER."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
