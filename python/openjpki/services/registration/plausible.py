"""What this service can tell of an officer's signature. It has no register of officers: whether the
signature verifies, and whose key it is, the authority decides by its own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.context import WindowCall

FIELD = "officer_signature"
AHEAD = timedelta(minutes=5)
"""How far ahead of ours an officer's clock may be."""
AGE = timedelta(hours=1)
"""How long before the call it may have been made: an officer signs what is on the screen now."""


def require_plausible(call: WindowCall, now: datetime) -> None:
    """That the caller signed, for this call and just now.

    Raises ``OFFICER_OUT_OF_SCOPE`` for another officer than the caller, ``INVALID_FIELD`` for
    another request, ``EVIDENCE_STALE``. A retry after the answer was kept gets that answer and is
    not asked.
    """
    occasion = call.signed.occasion
    caller = Officer(OfficerRole.WINDOW_OFFICER, call.municipality.code, call.officer)
    if occasion.officer != caller:
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE, "is signed by another officer than the caller", field=FIELD
        )
    if occasion.request_id != call.request.request_id:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be signed for this request", field=f"{FIELD}.request_id"
        )
    if not -AHEAD <= now - occasion.signed_at <= AGE:
        raise OpenJpkiError(
            Reason.EVIDENCE_STALE, "was not signed just now, by our clock", field=FIELD
        )
