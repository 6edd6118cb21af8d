"""Reasons that refuse what was asked for, so that asking again is of no use."""

from __future__ import annotations

from datetime import timedelta

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

CLOCK_DECIDED = frozenset({Reason.EVIDENCE_STALE, Reason.OFFICER_KEY_NOT_VALID})
"""Reasons that an authority's clock has decided, by itself or by what an officer's clock said. One
that is wrong for a minute must not end for good what others did in it."""

CLOCKS_MENDED_WITHIN = timedelta(hours=1)
"""After the approval that is refused for one of them, it is asked again for so long, as time passes
(:func:`~openjpki.services.common.journal_time.surely_passed`) and not as a clock says."""
