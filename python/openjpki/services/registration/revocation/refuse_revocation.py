"""Somebody who asks for a revocation is turned down, and why is kept (report 8-1(3), R2.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.evidence.who_may import CAUSES
from openjpki.domain.officers import OfficerRole
from openjpki.domain.revocation_refusal import refusal_id_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import REVOCATION_REFUSED, check_details
from openjpki.storage.kernel.requests import forgotten
from openjpki.storage.registration import applications, refused_revocations
from openjpki.storage.registration.refused_revocations import RefusedRevocation

if TYPE_CHECKING:
    from openjpki.domain.revocation_refusal import RevocationRefusal
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Transaction


def refuse_revocation(
    registration: RegistrationContext, call: WindowCall, refusal: RevocationRefusal
) -> RefusedRevocation:
    """What was recorded, once however often the call is made.

    The check is held against no rule of windows: that it was not enough may be why.
    Raises REASON_NOT_ALLOWED, and REQUEST_ID_REUSED for a retry so late that the answer is
    forgotten.
    """
    if refusal.cause not in CAUSES[OfficerRole.WINDOW_OFFICER]:
        raise OpenJpkiError(
            Reason.REASON_NOT_ALLOWED, "is not a ground that a window can act on", field="cause"
        )
    answer = registration.requests.once(
        registration.database,
        call.request,
        registration.clock.now(),
        lambda tx: _record(registration, tx, call, refusal),
    )
    with registration.database.reading() as tx:
        return refused_revocations.get(tx, answer.decode())


def _record(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    refusal: RevocationRefusal,
) -> bytes:
    serial, check = refusal.serial, refusal.check
    application = (
        None if serial is None else applications.by_serial(tx, call.municipality.code, serial)
    )
    refused = RefusedRevocation(
        refusal_id=refusal_id_of(call.request.caller, call.request.request_id),
        window=refusal.window,
        serial=serial,
        application_id=None if application is None else application.application_id,
        cause=refusal.cause,
        asker=refusal.asker,
        check=check,
        reason=refusal.ending.reason,
        explanation=refusal.ending.explanation,
        officer=call.officer,
        at=registration.clock.now(),
        rules_version=registration.rules.version,
    )
    if not refused_revocations.add(tx, refused):
        raise forgotten()
    details: dict[str, Value] = {
        "cause": refusal.cause.value,
        "asker": refusal.asker.value,
        "reason": refusal.ending.reason.value,
        "window_id": refusal.window.text,
        **({} if serial is None else {"serial": serial.hex()}),
        **({} if check is None else check_details(check)),
    }
    issued = None if application is None else application.issued
    enter_in_journal(
        registration,
        tx,
        call,
        REVOCATION_REFUSED,
        refused.refusal_id,
        refused.at,
        details,
        not_after=None if issued is None else issued.not_after,
    )
    return refused.refusal_id.encode()
