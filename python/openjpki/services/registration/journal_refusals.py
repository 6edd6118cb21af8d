"""A refused call leaves one entry in the journal: why, and over which fields. Never the values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import CALL_REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openjpki.services.registration.context import RegistrationContext, WindowCall

_NOT_ABOUT_THE_CASE = {Reason.INTERNAL, Reason.REQUEST_ID_REUSED, Reason.PROFILE_MISMATCH}


@contextmanager
def recording_refusals(
    registration: RegistrationContext, call: WindowCall, subject: str | None = None
) -> Iterator[None]:
    """Record what is refused inside, then let it go on to the caller.

    ``subject``: the application or serial it is about; the request's id where there is none yet.
    """
    try:
        yield
    except OpenJpkiError as refusal:
        if not refusal.reason.retryable and refusal.reason not in _NOT_ABOUT_THE_CASE:
            _record(registration, call, subject or call.request.request_id, refusal)
        raise


def _record(
    registration: RegistrationContext, call: WindowCall, subject: str, refusal: OpenJpkiError
) -> None:
    details: dict[str, str | int | bool] = {
        "method": call.method,
        "reason": refusal.reason.name,
        "request_id": call.request.request_id,
    }
    fields = refusal.metadata.get("fields") or (refusal.field or "").rpartition(".")[2]
    if fields:
        details["fields"] = fields
    at = registration.clock.now()
    registration.database.run(
        lambda tx: enter_in_journal(registration, tx, call, CALL_REFUSED, subject, at, details)
    )
