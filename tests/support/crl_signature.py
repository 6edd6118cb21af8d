"""Whether a revocation list is by a certificate's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa

if TYPE_CHECKING:
    from cryptography import x509


def is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Authorities here have RSA keys; another key is a fault of its own."""
    key = issuer.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return crl.is_signature_valid(key)
