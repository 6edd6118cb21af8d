"""Whether a person's certificate still lives. The authority knows; what is kept here may lag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.municipality import Municipality
from openjpki.services.registration.authority import authority_of
from openjpki.storage.registration import applications

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.registration.applications import ApplicationRecord


def is_live(registration: RegistrationContext, application: ApplicationRecord) -> bool:
    """Whether the certificate of an application is neither revoked nor expired.

    One that looks alive is asked about at the authority: it may have been revoked there ex
    officio, or this service may have ended before it could note a revocation. What is learned is
    kept. Raises ``SERVICE_UNAVAILABLE`` rather than guess.
    """
    if not application.live or application.issued is None:
        return False
    revoked_at = None
    if application.issued.not_after >= registration.clock.now():
        revoked_at = registration.authority.revoked_at(
            authority_of(Municipality(application.municipality_code)), application.issued.serial
        )
        if revoked_at is None:
            return True
    registration.database.run(
        lambda tx: applications.end_life(tx, application.application_id, revoked_at)
    )
    return False
