"""Between the messages of lists and domain values: parsed once, here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2
from openjpki.domain.application import ApplicationState
from openjpki.domain.municipality import Municipality
from openjpki.domain.window import JAPAN, WindowId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.find_person import Reader
from openjpki.storage.registration.application_lists import Wanted

if TYPE_CHECKING:
    from openjpki.domain.policy.window import WindowPolicy
    from openjpki.rpc.identity.peer import PeerIdentity
    from openjpki.services.registration.applications.list_applications import Page
    from openjpki.storage.registration.application_lists import Entry

_STATE = "APPLICATION_STATE_"


def reader_of(peer: PeerIdentity, municipality_code: str, method: str) -> Reader:
    """Who reads. Raises UNKNOWN_MUNICIPALITY."""
    return Reader(
        caller=peer.spiffe_id, municipality=Municipality.parse(municipality_code), method=method
    )


def wanted_applications(
    request: registration_pb2.ListApplicationsRequest,
    municipality: Municipality,
    policy: WindowPolicy,
    now: datetime,
) -> Wanted:
    """Which ones. Raises INVALID_FIELD, OUT_OF_SCOPE for another municipality's window,
    DATE_DOES_NOT_EXIST."""
    window = WindowId.parse(request.window_id) if request.window_id else None
    if window is not None and window.municipality != municipality:
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE, "must be a window of the municipality", field="window_id"
        )
    states = [
        ApplicationState[registration_pb2.ApplicationState.Name(one).removeprefix(_STATE)]
        for one in request.states
    ]
    taken_on = day(request.submitted_on, field="submitted_on") if request.submitted_on else None
    wanted = Wanted(
        municipality=municipality,
        states=states or tuple(ApplicationState),
        window=window,
        taken_from=taken_on,
        taken_before=None if taken_on is None else taken_on + timedelta(days=1),
    )
    if not request.expiring_within_days:
        return wanted
    last = now + timedelta(days=request.expiring_within_days) - policy.waits_at_most
    return replace(
        wanted,
        states=[state for state in wanted.states if state.can_expire],
        taken_before=last if wanted.taken_before is None else min(last, wanted.taken_before),
    )


def page_message(page: Page, policy: WindowPolicy) -> registration_pb2.ListApplicationsResponse:
    """A page of a list."""
    return registration_pb2.ListApplicationsResponse(
        applications=[_entry_message(one, policy) for one in page.entries],
        next_page=page.next_page,
    )


def _entry_message(entry: Entry, policy: WindowPolicy) -> registration_pb2.ApplicationEntry:
    message = registration_pb2.ApplicationEntry(
        application_id=entry.position.application_id,
        state=registration_pb2.ApplicationState.Value(f"{_STATE}{entry.state.name}"),
        window_id=entry.window_id,
        name=entry.name,
        submitted_by=entry.submitted_by.text,
        kind=registration_pb2.ApplicationKind.Value(f"APPLICATION_KIND_{entry.kind.name}"),
    )
    message.submitted_at.FromDatetime(entry.position.submitted_at)
    expires_at = policy.expires_at(entry.state, entry.position.submitted_at)
    if expires_at is not None:
        message.expires_at.FromDatetime(expires_at)
    return message


def day(text: str, *, field: str) -> datetime:
    """Its first moment in Japan. Raises DATE_DOES_NOT_EXIST."""
    try:
        return datetime.combine(date.fromisoformat(text), time.min, JAPAN).astimezone(UTC)
    except (ValueError, OverflowError):
        raise OpenJpkiError(
            Reason.DATE_DOES_NOT_EXIST, "is not a day of the calendar", field=field
        ) from None
