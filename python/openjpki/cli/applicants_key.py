"""The applicant's key as who decides knows it: from the applicant, never from the service."""

from __future__ import annotations

import re

from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.csr import parse_csr


def applicants_key(
    request: bytes | None, fingerprint: str | None, *, request_field: str, fingerprint_field: str
) -> bytes | None:
    """SHA-256 of the SubjectPublicKeyInfo that the applicant has, by their PKCS#10 (DER) or by
    their paper; None where they gave neither. Raises ``INVALID_FIELD``, for both together too: one
    of the two would have been looked at in vain."""
    if request is not None and fingerprint is not None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "say either the certification request or the fingerprint",
            field=fingerprint_field,
        )
    if request is not None:
        return parse_csr(request, field=request_field).fingerprint
    return None if fingerprint is None else typed_fingerprint(fingerprint, field=fingerprint_field)


def typed_fingerprint(text: str, *, field: str) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo as `make-key` prints it, or as people group it on
    paper. Raises ``INVALID_FIELD``."""
    digits = "".join(text.split()).replace(":", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be 64 hexadecimal digits (SHA-256)", field=field
        )
    return bytes.fromhex(digits)
