"""⑦: the applicant gets the certificate; where they say that it is right, nothing is left to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, ApplicationState, transition
from openjpki.domain.certificate_hand_over import Closed, Closing, HandOver
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    earlier_answer,
    lock_application,
    not_found,
)
from openjpki.services.registration.applications.live_certificate import is_live
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import APPLICATION_CLOSED, CERTIFICATE_HANDED_OVER
from openjpki.storage.registration import applications, closing, key_attestations

if TYPE_CHECKING:
    from openjpki.domain.certificate_hand_over import Handing, Medium
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord


def hand_over_certificate(
    registration: RegistrationContext,
    call: WindowCall,
    application_id: str,
    handing: Handing,
    *,
    accepted: bool,
) -> ApplicationAnswer:
    """State HANDED_OVER, or CLOSED where the applicant ``accepted`` what the certificate says.

    Raises INVALID_FIELD for a medium that the rules of windows don't allow or that the key was not
    put on, APPLICATION_NOT_FOUND, WRONG_STATE, ALREADY_REVOKED, CERTIFICATE_EXPIRED,
    LIVE_CERTIFICATE_EXISTS, SERVICE_UNAVAILABLE, STORED_UNREADABLE.
    """
    known = earlier_answer(registration, call)
    if known is not None:
        return known
    registration.rules.keys.require_medium(handing.medium, field="medium")
    _require_live(registration, call, application_id)
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.HAND_OVER)
        _require_where_its_key_is(tx, application_id, handing.medium)
        closing.hand_over(tx, application_id, HandOver(handing, call.officer, at))
        details: dict[str, Value] = {
            "recipient": handing.recipient.value,
            "medium": handing.medium.value,
            "copy": handing.with_copy,
        }
        if handing.terms_version:
            details["terms"] = handing.terms_version
        enter_in_journal(
            registration, tx, call, CERTIFICATE_HANDED_OVER, application_id, at, details
        )
        if accepted:
            state = transition(state, ApplicationEvent.CLOSE)
            closing.close(tx, application_id, Closed(Closing.ACCEPTED, at))
            said = {"closing": Closing.ACCEPTED.value}
            enter_in_journal(registration, tx, call, APPLICATION_CLOSED, application_id, at, said)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work)


def _require_where_its_key_is(tx: Transaction, application_id: str, medium: Medium) -> None:
    """Where a generator said what it put the key on, the certificate goes there too."""
    attestation = key_attestations.of_application(tx, application_id, left_out=None)
    if attestation is not None and attestation.place.medium is not medium:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be what the key was attested to be on", field="medium"
        )


def _require_live(registration: RegistrationContext, call: WindowCall, application_id: str) -> None:
    """Nobody is handed what verifiers are told is revoked; the authority is asked outside of any
    transaction. Of other states than issued ``transition`` says more."""
    code = call.municipality.code
    with registration.database.reading() as tx:
        found = applications.get(tx, code, application_id)
    if found is None:
        raise not_found()
    if found.state is not ApplicationState.ISSUED or is_live(registration, found):
        return
    with registration.database.reading() as tx:
        now = applications.get(tx, code, application_id)
    raise _refusal(registration, now or found)


def _refusal(registration: RegistrationContext, application: ApplicationRecord) -> OpenJpkiError:
    if application.revoked_at is not None:
        return OpenJpkiError(
            Reason.ALREADY_REVOKED, "the certificate was revoked meanwhile", field="application_id"
        )
    issued = application.issued
    if issued is not None and issued.not_after < registration.clock.now():
        return OpenJpkiError(
            Reason.CERTIFICATE_EXPIRED, "the certificate has expired", field="application_id"
        )
    # Of two at once, after a restore, the other has the person's place.
    return OpenJpkiError(
        Reason.LIVE_CERTIFICATE_EXISTS,
        "the person has another certificate that lives",
        field="application_id",
    )
