"""Certificates that a municipality handed out to a person: for who has lost the card (R3.1.1b)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.services.registration.applications.find_person import find_person
from openjpki.services.registration.applications.issued_certificate import begins_at
from openjpki.services.registration.applications.live_certificate import is_live
from openjpki.services.registration.authority import authority_of
from openjpki.storage.registration import applications, personal_data

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.person import RegisteredAttributes
    from openjpki.services.registration.applications.find_person import Reader
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.registration.applications import ApplicationRecord, Issued

_AT_MOST = 100


class HandedOutState(Enum):
    """Whether it can still be used, and so revoked."""

    IN_FORCE = "in_force"
    REVOKED = "revoked"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """One of them."""

    application_id: str
    window_id: str
    issued: Issued
    state: HandedOutState
    not_before: datetime | None
    """None where the certificate itself is no longer kept."""
    revoked_at: datetime | None


def find_certificates(
    registration: RegistrationContext, reader: Reader, person: RegisteredAttributes
) -> list[HandedOut]:
    """Newest first; the authority is asked whether each that may be in force is.

    Raises what :func:`find_person` raises, and SERVICE_UNAVAILABLE rather than guess.
    """
    reference = find_person(registration, reader, person)
    code = reader.municipality.code
    with registration.database.reading() as tx:
        found = [
            (record, record.issued, personal_data.get(tx, record.application_id, code))
            for record in applications.issued_to(tx, code, reference, at_most=_AT_MOST)
            if record.issued is not None
        ]
    handed_out = []
    for record, issued, kept in found:
        revoked_at = _revoked_at(registration, reader, record, issued)
        certificate = kept.certificate if kept else None
        handed_out.append(
            HandedOut(
                application_id=record.application_id,
                window_id=record.window_id,
                issued=issued,
                state=_state(registration, issued, revoked_at),
                not_before=begins_at(certificate) if certificate else None,
                revoked_at=revoked_at,
            )
        )
    return handed_out


def _revoked_at(
    registration: RegistrationContext, reader: Reader, record: ApplicationRecord, issued: Issued
) -> datetime | None:
    """What is kept may lag behind the authority, which is asked unless it is known to be over."""
    if record.revoked_at is not None:
        return record.revoked_at
    if record.live and is_live(registration, record):
        return None
    if issued.not_after < registration.clock.now():
        return None
    # Known to live no more, and not why: or of two at once, after a restore, the other has the
    # person's place.
    return registration.authority.revoked_at(authority_of(reader.municipality), issued.serial)


def _state(
    registration: RegistrationContext, issued: Issued, revoked_at: datetime | None
) -> HandedOutState:
    if revoked_at is not None:
        return HandedOutState.REVOKED
    over = issued.not_after < registration.clock.now()
    return HandedOutState.EXPIRED if over else HandedOutState.IN_FORCE
