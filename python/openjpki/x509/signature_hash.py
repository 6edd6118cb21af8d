"""Which hashes are accepted under foreign signatures (R9.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

if TYPE_CHECKING:
    from cryptography import x509

ACCEPTED = (hashes.SHA256, hashes.SHA384, hashes.SHA512)


def has_accepted_hash(
    signed: x509.Certificate | x509.CertificateRevocationList | x509.CertificateSigningRequest,
) -> bool:
    """Whether the stated signature algorithm hashes with SHA-256 or longer."""
    try:
        return isinstance(signed.signature_hash_algorithm, ACCEPTED)
    except UnsupportedAlgorithm:
        return False
