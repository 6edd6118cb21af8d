"""What a certificate says of its key, and whether another's key signed it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openjpki.errors import OpenJpkiError
    from openjpki.signer_core import PathCertificate

_ALGORITHM_REFUSED = "algorithm_refused"


def stated_key_id(certificate: PathCertificate) -> bytes:
    """subjectKeyIdentifier, or the SHA-1 of the key where the certificate states none (RFC 5280
    4.2.1.2)."""
    if certificate.key_identifier is not None:
        return certificate.key_identifier
    return key_id_of(certificate.key.octets)


def key_id_of(octets: bytes) -> bytes:
    """SHA-1 of a subjectPublicKey's BIT STRING, 20 bytes."""
    return hashlib.sha1(octets, usedforsecurity=False).digest()


def is_issued_by(certificate: PathCertificate, issuer: PathCertificate) -> bool:
    """Whether it names this issuer and is signed by its key, in a way that counts here (R9.1.2)."""
    return certificate.issuer == issuer.subject and certificate.signature_fault(issuer) is None


def signed_by(
    certificate: PathCertificate,
    issuer: PathCertificate,
    *,
    otherwise: OpenJpkiError,
    weak_hash: OpenJpkiError,
) -> None:
    """Raises ``otherwise`` unless :func:`is_issued_by`; ``weak_hash`` where the names fit and it is
    signed by an algorithm that does not count."""
    if certificate.issuer != issuer.subject:
        raise otherwise
    fault = certificate.signature_fault(issuer)
    if fault == _ALGORITHM_REFUSED:
        raise weak_hash
    if fault is not None:
        raise otherwise
