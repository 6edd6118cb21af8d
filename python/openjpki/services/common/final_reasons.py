"""Reasons that refuse what was asked for, so that asking again is of no use."""

from __future__ import annotations

from openjpki.errors import Reason

FINAL_REASONS = frozenset(
    {
        Reason.KEY_ALREADY_USED,
        Reason.KEY_OF_AUTHORITY,
        Reason.KEY_TYPE_REFUSED,
        Reason.KEY_SIZE_REFUSED,
        Reason.KEY_EXPONENT_REFUSED,
        Reason.KEY_WEAK,
        Reason.CSR_SIGNATURE_INVALID,
        Reason.CSR_ASKS_FOR_AUTHORITY,
        Reason.MALFORMED_DER,
        Reason.TRAILING_BYTES,
        Reason.INVALID_FIELD,
    }
)
"""Reasons with which an authority refuses a request to certify a key for good: asked again, it says
the same. After any other (no answer, an authority that is not active, a fault of ours) it may be
asked again."""
