"""Looking for applications: a municipality's queue, or what one person applied for (ADR 37)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.registration.applications.find_person import enter_reading, find_person
from openjpki.services.registration.journal import APPLICATIONS_LISTED
from openjpki.storage.registration import application_lists
from openjpki.storage.registration.application_lists import Position

if TYPE_CHECKING:
    from openjpki.domain.person import RegisteredAttributes
    from openjpki.services.registration.applications.find_person import Reader
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.application_lists import Entry, Wanted

AT_MOST = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_OCTETS_OF_MOMENT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Entries, and where the next page begins."""

    entries: list[Entry]
    next_page: bytes
    """Empty behind the last."""


def list_applications(
    registration: RegistrationContext,
    reader: Reader,
    wanted: Wanted,
    applicant: RegisteredAttributes | None,
    *,
    after: Position | None,
    at_most: int,
) -> Page:
    """A page of them; entered in the journal. Raises what :func:`find_person` raises."""
    if applicant is not None:
        reference = find_person(registration, reader, applicant)
        wanted = replace(wanted, person_reference=reference)

    def work(tx: Transaction) -> list[Entry]:
        # One more than is shown, which tells whether there is a next page.
        found = application_lists.page(
            tx, wanted, after=after, at_most=at_most + 1, left_out=tell_left_out
        )
        details = {"count": min(len(found), at_most)}
        enter_reading(registration, tx, reader, APPLICATIONS_LISTED, details)
        return found

    found = registration.database.run(work)
    shown = found[:at_most]
    return Page(
        entries=shown, next_page=cursor(shown[-1].position) if len(found) > at_most else b""
    )


def cursor(position: Position) -> bytes:
    """A place in a list for the next call: 24 octets, which hold no personal data."""
    moment = (position.submitted_at - _EPOCH) // _MICROSECOND
    return moment.to_bytes(_OCTETS_OF_MOMENT, "big", signed=True) + (
        UUID(position.application_id).bytes
    )


def position_at(page: bytes) -> Position | None:
    """What :func:`cursor` wrote; None for none. Raises ``INVALID_FIELD``."""
    if not page:
        return None
    try:
        moment = int.from_bytes(page[:_OCTETS_OF_MOMENT], "big", signed=True)
        return Position(_EPOCH + moment * _MICROSECOND, str(UUID(bytes=page[_OCTETS_OF_MOMENT:])))
    except (ValueError, OverflowError):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "is not what an answer gave as its next page", field="page"
        ) from None
