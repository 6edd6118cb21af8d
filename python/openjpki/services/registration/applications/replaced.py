"""What a renewal replaced ends at the authority first, then here, with the new one (R2.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.municipality import Municipality
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.authority import authority_of
from openjpki.services.registration.journal import CERTIFICATE_REVOKED
from openjpki.storage.registration import applications

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord


def ended_at(registration: RegistrationContext, application: ApplicationRecord) -> datetime | None:
    """When the authority ended what the application replaced; None where that had expired, and of a
    first issue. Asked once the new certificate is made, outside of any transaction.

    Raises ``PROFILE_MISMATCH`` where the authority let it live: nobody is given a second one.
    """
    if application.renews is None:
        return None
    with registration.database.reading() as tx:
        found = applications.live_of(tx, application.person_reference)
    if found is None or found.issued is None or found.issued.serial != application.renews:
        return None
    revoked_at = registration.authority.revoked_at(
        authority_of(Municipality(found.municipality_code)), application.renews
    )
    if revoked_at is None and found.issued.not_after >= registration.clock.now():
        raise OpenJpkiError(
            Reason.PROFILE_MISMATCH, "the authority let the certificate live that was renewed"
        )
    return revoked_at


def end_replaced(
    registration: RegistrationContext,
    tx: Transaction,
    application: ApplicationRecord,
    revoked_at: datetime | None,
    at: datetime,
) -> None:
    """Free the person's place for the new certificate, in its transaction. The actor is whoever
    approved."""
    if application.renews is None or application.approval is None:
        return
    found = applications.live_of(tx, application.person_reference)
    if found is None or found.issued is None or found.issued.serial != application.renews:
        return
    if applications.end_life(tx, found.application_id, revoked_at):
        registration.journal.append(
            tx,
            CERTIFICATE_REVOKED,
            stream=found.municipality_code,
            actor=application.approval.request.caller,
            subject=found.application_id,
            details={"serial": application.renews.hex()},
            at=at,
            not_after=found.issued.not_after,
        )
