"""A certificate as path building sees it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from openjpki.errors import OpenJpkiError, Reason

MAX_CERTIFICATE_BYTES = 64 * 1024

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the two parsers raise on foreign bytes."""


@dataclass(frozen=True, slots=True)
class PathCertificate:
    """What matching needs of a certificate, read once; nothing in it is believed yet.

    Names are compared as RFC 5280 7.1 says (case and white space folded), so ``subject`` and
    ``issuer`` are normalised forms, good only for comparing.
    """

    der: bytes
    digest: bytes
    """SHA-256 of ``der``."""
    subject: str
    issuer: str
    subject_text: str
    """For people."""
    key_digest: bytes
    """SHA-256 of the SubjectPublicKeyInfo."""
    key_id: bytes | None
    """subjectKeyIdentifier."""
    issuer_key_id: bytes | None
    """keyIdentifier of the authorityKeyIdentifier."""
    not_before: float
    not_after: float
    """POSIX seconds."""

    @property
    def entity(self) -> tuple[str, bytes]:
        """A name with a key: what a path must not pass twice (RFC 4158 2.4.2)."""
        return self.subject, self.key_digest

    def may_have_issued(self, other: PathCertificate) -> bool:
        """By name and key identifiers only; generations of a key share a name."""
        if self.subject != other.issuer:
            return False
        if self.key_id is None or other.issuer_key_id is None:
            return True
        return self.key_id == other.issuer_key_id


def read_certificate(der: bytes, *, field: str = "certificate") -> PathCertificate:
    """Parse strictly. Raises ``MESSAGE_TOO_LARGE`` or ``MALFORMED_DER``."""
    if len(der) > MAX_CERTIFICATE_BYTES:
        raise OpenJpkiError(
            Reason.MESSAGE_TOO_LARGE,
            f"must not be longer than {MAX_CERTIFICATE_BYTES} bytes",
            field=field,
        )
    try:
        certificate = asn1_x509.Certificate.load(der, strict=True)
        if not _inherits_dsa_parameters(certificate):
            _ = x509.load_der_x509_certificate(der).extensions
        return PathCertificate(
            der=der,
            digest=hashlib.sha256(der).digest(),
            subject=certificate.subject.hashable,
            issuer=certificate.issuer.hashable,
            subject_text=certificate.subject.human_friendly,
            key_digest=hashlib.sha256(certificate.public_key.dump()).digest(),
            key_id=certificate.key_identifier,
            issuer_key_id=certificate.authority_key_identifier,
            not_before=certificate.not_valid_before.timestamp(),
            not_after=certificate.not_valid_after.timestamp(),
        )
    except UNREADABLE as error:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not a certificate", field=field) from error


def _inherits_dsa_parameters(certificate: asn1_x509.Certificate) -> bool:
    """RFC 3279 2.3.2 allows it; the stricter parser cannot represent such a key."""
    algorithm = certificate.public_key["algorithm"]
    return algorithm["algorithm"].native == "dsa" and algorithm["parameters"].native is None
