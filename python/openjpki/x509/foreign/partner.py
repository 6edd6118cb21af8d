"""The other authority of a cross-certification: its DN, its key, the proof that it holds it."""

from __future__ import annotations

from dataclasses import dataclass

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr
from openjpki.x509.foreign.key_rules import AUTHORITY_KEYS, require_rsa_key
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import signed_by, stated_key_id
from openjpki.x509.foreign.weak_keys import refuse_weak_key


@dataclass(frozen=True, slots=True)
class Partner:
    """An authority to be cross-certified."""

    name_der: bytes
    """``Name`` DER, as the partner writes it: its own certificates have these octets."""
    spki_der: bytes
    key_id: bytes
    """As the partner's own certificates state it, so that its issued certificates are found."""


def partner_from_csr(der: bytes, *, field: str = "csr") -> Partner:
    """From a PKCS#10 request. Raises what :func:`parse_csr` raises, and ``INVALID_FIELD``."""
    request = parse_csr(der, rule=AUTHORITY_KEYS, authority=True, field=field)
    if not request.names_its_subject:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must name its subject", field=field)
    return Partner(
        name_der=request.subject_der,
        spki_der=request.spki_der,
        key_id=request.key_id,
    )


def partner_from_certificate(der: bytes, *, field: str = "certificate") -> Partner:
    """From the partner's self-signed authority certificate, whose signature proves possession.

    Raises ``MALFORMED_DER``, ``TRAILING_BYTES``, ``KEY_*``, ``CROSS_CERTIFICATE_REFUSED``.
    """
    certificate = read_certificate(der, field=field)
    modulus, exponent = require_rsa_key(certificate.key, field=field, rule=AUTHORITY_KEYS)
    if not certificate.is_authority:
        raise _refused("must be an authority's certificate (CA:TRUE)", field)
    if certificate.fault is not None:
        raise _refused(f"breaks a rule of RFC 5280: {certificate.fault}", field)
    signed_by(
        certificate,
        certificate,
        otherwise=_refused("must be self-signed, which proves possession of its key", field),
        weak_hash=_refused("must be signed with SHA-256 or longer", field),
    )
    refuse_weak_key(modulus, exponent, field=field)
    return Partner(
        name_der=certificate.subject_der,
        spki_der=certificate.public_key,
        key_id=stated_key_id(certificate),
    )


def _refused(rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.CROSS_CERTIFICATE_REFUSED, rule, field=field)
