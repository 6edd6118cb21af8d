"""Reading PKCS#10 requests (RFC 2986) from the window and from partner authorities.

Nothing of a request gets into a certificate except its key, and of an authority's its name: all
else comes from the application and the profile. So whatever asks for more is refused rather than
ignored.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.key_rules import USER_KEYS, KeyRule, require_rsa_key
from openjpki.x509.foreign.reading import read_request
from openjpki.x509.foreign.stated import key_id_of
from openjpki.x509.foreign.weak_keys import refuse_weak_key


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature proves possession of an acceptable key."""

    der: bytes
    """All of it, as it was read."""
    spki_der: bytes
    """SubjectPublicKeyInfo, DER."""
    key_id: bytes
    """SHA-1 of the key's BIT STRING, 20 bytes (RFC 5280 4.2.1.2)."""
    fingerprint: bytes
    """SHA-256 of ``spki_der``, 32 bytes: what keys are compared and found again by."""
    subject_der: bytes
    """``Name`` DER as written by the requester; proves nothing."""
    names_its_subject: bool
    """Whether there is anything in that name."""
    modulus: int
    exponent: int


def parse_csr(
    der: bytes,
    *,
    rule: KeyRule = USER_KEYS,
    authority: bool = False,
    field: str = "csr",
) -> CertificateRequest:
    """Parse DER, check the key by the rule and then the proof of possession; last, as it takes
    longest, that the key is not a weak one.

    ``authority`` allows a request for an authority's certificate (cross-certification), which is
    otherwise refused. Raises ``MESSAGE_TOO_LARGE``, ``MALFORMED_DER``, ``TRAILING_BYTES``,
    ``KEY_TYPE_REFUSED``, ``KEY_SIZE_REFUSED``, ``KEY_EXPONENT_REFUSED``,
    ``CSR_SIGNATURE_INVALID``, ``CSR_ASKS_FOR_AUTHORITY``, ``KEY_WEAK``.
    """
    request = read_request(der, field=field)
    key = request.key
    modulus, exponent = require_rsa_key(key, field=field, rule=rule)
    if request.possession_fault is not None:
        raise OpenJpkiError(
            Reason.CSR_SIGNATURE_INVALID,
            "must be signed by the key it holds, with SHA-256 or longer",
            field=field,
        )
    if not authority and request.asks_for_authority:
        raise OpenJpkiError(
            Reason.CSR_ASKS_FOR_AUTHORITY,
            "must not ask for CA:TRUE, keyCertSign or cRLSign",
            field=field,
        )
    refuse_weak_key(modulus, exponent, field=field)
    spki_der = key.spki
    return CertificateRequest(
        der=der,
        spki_der=spki_der,
        key_id=key_id_of(key.octets),
        fingerprint=hashlib.sha256(spki_der).digest(),
        subject_der=request.subject_der,
        names_its_subject=request.names_its_subject,
        modulus=modulus,
        exponent=exponent,
    )
