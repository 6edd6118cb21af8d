"""Checking a cross certificate that a partner issued to us, as it arrived (R4.4)."""

from __future__ import annotations

from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign import certificate as foreign_certificate
from openjpki.x509.foreign.partner import stated_key_id
from openjpki.x509.public_key import spki_of

_Value = TypeVar("_Value", bound=x509.ExtensionType)
_FIELD = "certificate"


def check_received_cross_certificate(der: bytes, own: bytes, partner: bytes) -> None:
    """What a partner issued to us: our DN and key, signed by its key, an authority's.

    ``own`` and ``partner`` are the two authorities' certificates (DER). Raises
    ``CROSS_CERTIFICATE_REFUSED``, ``MALFORMED_DER``, ``TRAILING_BYTES``.
    """
    received = foreign_certificate.load(der, field=_FIELD)
    ours = foreign_certificate.load(own, field="own_certificate")
    theirs = foreign_certificate.load(partner, field="partner_certificate")
    try:
        if received.subject != ours.subject or spki_of(received) != spki_of(ours):
            raise _refused("is not for this authority's name and key")
        _check_signature(received, theirs)
        if not _value(received, x509.BasicConstraints).ca:
            raise _refused("does not name an authority (CA:TRUE)")
        if not _value(received, x509.KeyUsage).key_cert_sign:
            raise _refused("does not allow signing certificates")
        if _value(received, x509.SubjectKeyIdentifier).digest != stated_key_id(ours):
            raise _refused("has another subjectKeyIdentifier")
    except UNREADABLE as error:
        raise _refused("holds a key that cannot be read") from error


def _check_signature(received: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        received.verify_directly_issued_by(issuer)
    except (*UNREADABLE, InvalidSignature) as error:
        raise _refused("is not signed by the partner") from error


def _value(certificate: x509.Certificate, kind: type[_Value]) -> _Value:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound as error:
        raise _refused(f"has no {kind.oid._name}") from error  # noqa: SLF001


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=_FIELD)
