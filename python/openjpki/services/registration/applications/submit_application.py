"""① and ②: takes an application, if the person exists in the register (R2.1.1, R2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationState, application_id_of
from openjpki.domain.application_kind import ApplicationKind
from openjpki.domain.evidence import StatementKind
from openjpki.domain.existence import check_existence
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    earlier_answer,
)
from openjpki.services.registration.applications.replacing import require_still, to_replace
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import APPLICATION_SUBMITTED
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.requests import forgotten
from openjpki.storage.registration import (
    applications,
    officer_signatures,
    personal_data,
    register_links,
)
from openjpki.storage.registration.applications import NewApplication

if TYPE_CHECKING:
    from openjpki.domain.person import Applicant
    from openjpki.domain.window import WindowId
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Transaction


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What the application form holds (R2.1.2) and at which window it was handed in."""

    window: WindowId
    applicant: Applicant
    accepted_terms: str = ""
    """Version of the terms; empty: none was said."""
    kind: ApplicationKind = ApplicationKind.FIRST_ISSUE


def submit_application(
    registration: RegistrationContext, call: WindowCall, form: ApplicationForm
) -> ApplicationAnswer:
    """Take the application; state SUBMITTED.

    Raises INVALID_FIELD for other terms than those in force, OUT_OF_SCOPE for another
    municipality's window, NOT_IN_REGISTER, REGISTER_MISMATCH,
    REGISTER_AMBIGUOUS, LIVE_CERTIFICATE_EXISTS, NOTHING_TO_RENEW, RENEWAL_TOO_EARLY,
    APPLICATION_OPEN, SERVICE_UNAVAILABLE, what `require_plausible` raises, and
    REQUEST_ID_REUSED for a retry so late that the answer is forgotten.
    """
    known = earlier_answer(registration, call)
    if known is not None:
        return known
    if form.window.municipality != call.municipality:
        raise OpenJpkiError(
            Reason.OUT_OF_SCOPE, "must be a window of the municipality", field="window_id"
        )
    accepted_terms = registration.rules.accepted(form.accepted_terms)
    require_plausible(call, registration.clock.now())
    stated = form.applicant.registered
    resident = check_existence(stated, registration.register.candidates(stated))
    person_reference = registration.references.of(resident.resident_id)
    link = registration.references.link(call.municipality.code, resident.resident_id)
    renews = to_replace(registration, call.municipality, person_reference, form.kind)
    new = NewApplication(
        application_id=application_id_of(
            str(call.signed.occasion.officer), call.request.request_id
        ),
        municipality_code=call.municipality.code,
        window_id=form.window.text,
        person_reference=person_reference,
        submitted_by=call.officer,
        submitted_at=registration.clock.now(),
        accepted_terms=accepted_terms,
        kind=form.kind,
        renews=renews,
    )
    return answer_once(
        registration,
        call,
        new.submitted_at,
        lambda tx: _take(registration, tx, call, new, form.applicant, link),
    )


def _take(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    new: NewApplication,
    applicant: Applicant,
    link: bytes,
) -> ApplicationAnswer:
    if not applications.add(tx, new):
        if registration.requests.find(tx, call.request) is not None:
            # The same call came in twice at once and the other was first: this transaction, done
            # again, finds its answer.
            raise StorageConflictError
        if applications.get(tx, new.municipality_code, new.application_id) is not None:
            raise forgotten()
        raise _open_exists(tx, new)
    # Looked up a second time: an application that was open at the first look may have ended in a
    # certificate since. From the insertion above on, none other can be open.
    require_still(registration, tx, new)
    personal_data.add(tx, new.application_id, applicant)
    register_links.add(tx, new.municipality_code, link, new.person_reference)
    officer_signatures.keep(
        tx, new.application_id, StatementKind.APPLICATION_SUBMITTED, call.signed
    )
    enter_in_journal(
        registration,
        tx,
        call,
        APPLICATION_SUBMITTED,
        new.application_id,
        new.submitted_at,
        _entered(new),
    )
    return ApplicationAnswer(new.application_id, ApplicationState.SUBMITTED)


def _entered(new: NewApplication) -> dict[str, Value]:
    entered: dict[str, Value] = {"window_id": new.window_id}
    if new.accepted_terms is not None:
        entered["accepted_terms"] = new.accepted_terms
    if new.renews is not None:
        entered |= {"kind": new.kind.value, "renews": new.renews.hex()}
    return entered


def _open_exists(tx: Transaction, new: NewApplication) -> OpenJpkiError:
    """Names the application to officers of its municipality: to go on with it, or withdraw it."""
    found = applications.open_of(tx, new.person_reference)
    named = {}
    if found is not None and found.municipality_code == new.municipality_code:
        named = {"application_id": found.application_id, "state": found.state.value}
    return OpenJpkiError(
        Reason.APPLICATION_OPEN, "the person has an application that is not decided yet", **named
    )
