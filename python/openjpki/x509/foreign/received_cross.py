"""Checking a cross certificate that a partner issued to us, as it arrived (R4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import signed_by, stated_key_id

if TYPE_CHECKING:
    from openjpki.signer_core import PathCertificate

_FIELD = "certificate"
_KEY_CERT_SIGN = 5


def check_received_cross_certificate(der: bytes, own: bytes, partner: bytes) -> PathCertificate:
    """What a partner issued to us: our DN and key, signed by its key, an authority's.

    ``own`` and ``partner`` are the two authorities' certificates (DER). The certificate as it was
    read: it goes into the pool, where paths are built with what this reader says of it. Raises
    ``CROSS_CERTIFICATE_REFUSED``, ``MALFORMED_DER``, ``TRAILING_BYTES``.
    """
    received = read_certificate(der, field=_FIELD)
    ours = read_certificate(own, field="own_certificate")
    theirs = read_certificate(partner, field="partner_certificate")
    if received.subject != ours.subject or received.public_key != ours.public_key:
        raise _refused("is not for this authority's name and key")
    signed_by(
        received,
        theirs,
        otherwise=_refused("is not signed by the partner"),
        weak_hash=_refused("must be signed with SHA-256 or longer"),
    )
    if not received.is_authority:
        raise _refused("does not name an authority (CA:TRUE)")
    if not (received.has_key_usage and received.key_usage_allows(_KEY_CERT_SIGN)):
        raise _refused("does not allow signing certificates")
    if received.key_identifier != stated_key_id(ours):
        raise _refused("has another subjectKeyIdentifier")
    if received.fault is not None:
        # No path would go through it.
        raise _refused(f"breaks a rule of RFC 5280: {received.fault}")
    return received


def _refused(rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=_FIELD)
