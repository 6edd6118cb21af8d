"""What is to be paid for an application, by how the person's last certificate ended (R5.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.fees import fee_after
from openjpki.domain.municipality import Municipality
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.registration.applications.answers import not_found
from openjpki.services.registration.authority import authority_of
from openjpki.storage.registration import applications, fee_receipts

if TYPE_CHECKING:
    from openjpki.domain.fees import Fee, FeeReceipt
    from openjpki.services.registration.context import RegistrationContext


def fee_of(registration: RegistrationContext, municipality_code: str, application_id: str) -> Fee:
    """The authority is asked how the last certificate ended: it may have been ended there. One that
    had expired when the application was taken ended by that, whatever became of it before.

    Raises APPLICATION_NOT_FOUND, SERVICE_UNAVAILABLE.
    """
    with registration.database.reading() as tx:
        application = applications.get(tx, municipality_code, application_id)
        if application is None:
            raise not_found()
        last = applications.certificate_before(tx, application)
    ended_by = None
    if (
        last is not None
        and last.issued is not None
        and last.issued.not_after >= application.submitted_at
    ):
        authority_id = authority_of(Municipality(last.municipality_code))
        ended_by = registration.authority.fee_cause(authority_id, last.issued.serial)
    return fee_after(ended_by, registration.rules)


def receipts_of(registration: RegistrationContext, application_id: str) -> list[FeeReceipt]:
    """Of an application, oldest first."""
    with registration.database.reading() as tx:
        return fee_receipts.of_application(tx, application_id, left_out=tell_left_out)
