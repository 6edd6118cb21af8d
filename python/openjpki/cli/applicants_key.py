"""The applicant's key as who decides knows it: from the applicant, never from the service."""

from __future__ import annotations

import re

from openjpki.errors import OpenJpkiError, Reason


def typed_fingerprint(text: str, *, field: str) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo as `make-key` prints it, or as people group it on
    paper. Raises ``INVALID_FIELD``."""
    digits = "".join(text.split()).replace(":", "").lower()
    if not re.fullmatch("[0-9a-f]{64}", digits):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be 64 hexadecimal digits (SHA-256)", field=field
        )
    return bytes.fromhex(digits)
