"""What enters the pool, and what is in it, read by the one reader that paths are built with.

A second reader at the door would take what this one can't use: it would be stored, and every later
look at the pool would stumble over it. So nothing else reads here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.pki_path import certificate as path_certificate
from openjpki.x509.der import UNREADABLE, require_single_value
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.public_key import spki_of

if TYPE_CHECKING:
    from datetime import datetime

MAX_LIST = 1 << 20
"""Octets of a revocation list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCertificate:
    """A certificate that paths can be built with; nothing in it is believed yet."""

    der: bytes
    subject: bytes
    """Good only for comparing, as is ``issuer``."""
    issuer: bytes
    name_text: str
    """Of the subject, RFC 4514."""
    key_id: bytes
    """subjectKeyIdentifier, or the SHA-1 of the key where none is stated."""
    key: bytes
    """SubjectPublicKeyInfo, DER."""
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadList:
    """A revocation list that can be used; nothing in it is believed yet."""

    der: bytes
    issuer: bytes
    """Good only for comparing."""
    name_text: str
    """Of the issuer, RFC 4514."""
    key_id: bytes | None
    """keyIdentifier of the authorityKeyIdentifier."""
    ends_at: datetime | None


def read_certificate(der: bytes, *, field: str = "certificate") -> ReadCertificate:
    """Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER`` or ``TRAILING_BYTES``."""
    certificate = foreign_certificate.load(der, field=field)
    path_certificate.read_certificate(der, field=field)
    try:
        return ReadCertificate(
            der=der,
            subject=certificate.subject.public_bytes(),
            issuer=certificate.issuer.public_bytes(),
            name_text=certificate.subject.rfc4514_string(),
            key_id=stated_key_id(certificate),
            key=spki_of(certificate),
            ends_at=certificate.not_valid_after_utc,
        )
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "holds a name or a key that can't be read", field=field
        ) from error


def read_list(der: bytes, *, field: str = "revocation_list") -> ReadList:
    """Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER`` or ``TRAILING_BYTES``."""
    require_single_value(der, field=field, max_bytes=MAX_LIST)
    try:
        crl = x509.load_der_x509_crl(der)
        stated = [
            one.value.key_identifier
            for one in crl.extensions
            if isinstance(one.value, x509.AuthorityKeyIdentifier)
        ]
        return ReadList(
            der=der,
            issuer=crl.issuer.public_bytes(),
            name_text=crl.issuer.rfc4514_string(),
            key_id=stated[0] if stated else None,
            ends_at=crl.next_update_utc,
        )
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a revocation list", field=field
        ) from error
