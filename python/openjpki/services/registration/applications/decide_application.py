"""⑤ to ⑦: a second officer decides; after a yes the authority makes the certificate (R2.4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, transition
from openjpki.domain.evidence import StatementKind
from openjpki.domain.separation import Done, require_another_decides
from openjpki.errors import OpenJpkiError
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    earlier_answer,
    lock_application,
)
from openjpki.services.registration.applications.obtain_certificate import obtain_certificate
from openjpki.services.registration.applications.request_ids import issue_request_id
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import APPLICATION_APPROVED, APPLICATION_REJECTED
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.registration import applications, officer_signatures, personal_data
from openjpki.storage.registration.applications import Approval

if TYPE_CHECKING:
    from openjpki.domain.application_end import Ending, RejectionReason
    from openjpki.domain.window import OfficerId
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord


def reject_application(
    registration: RegistrationContext,
    call: WindowCall,
    application_id: str,
    ending: Ending[RejectionReason],
) -> ApplicationAnswer:
    """State REJECTED, and why (R2.8).

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, SAME_OFFICER, and what `require_plausible` raises.
    """
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        require_plausible(call, at)
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.REJECT)
        _require_second_officer(registration, tx, application, call)
        applications.reject(tx, application_id, call.officer, at, ending.reason)
        personal_data.add_explanation(tx, application_id, ending.explanation)
        officer_signatures.keep(tx, application_id, StatementKind.APPLICATION_DECIDED, call.signed)
        details = {"reason": ending.reason.value}
        enter_in_journal(registration, tx, call, APPLICATION_REJECTED, application_id, at, details)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work)


def approve_application(
    registration: RegistrationContext, call: WindowCall, application_id: str
) -> ApplicationAnswer:
    """State ISSUED. The approval is durable before the authority is asked: whatever ends this
    call after that, the certificate is made, once, and a retry gets it.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, SAME_OFFICER, what `require_plausible` raises, the
    authority's refusals.
    """
    known = earlier_answer(registration, call)
    if known is not None:
        return known
    registration.database.run(lambda tx: _approve(registration, tx, call, application_id))
    try:
        return obtain_certificate(registration, call.municipality.code, application_id)
    except OpenJpkiError:
        registration.wake_completion()
        raise


def _approve(
    registration: RegistrationContext, tx: Transaction, call: WindowCall, application_id: str
) -> None:
    application = lock_application(tx, call, application_id)
    approved = application.approval
    if approved is not None and call.request.repeats(approved.request):
        return
    at = registration.clock.now()
    require_plausible(call, at)
    transition(application.state, ApplicationEvent.APPROVE)
    _require_second_officer(registration, tx, application, call)
    approval = Approval(
        officer=call.officer,
        at=at,
        request=call.request,
        issue_request_id=issue_request_id(application_id),
    )
    applications.approve(tx, application_id, approval)
    officer_signatures.keep(tx, application_id, StatementKind.APPLICATION_DECIDED, call.signed)
    details = {"request_id": approval.issue_request_id}
    enter_in_journal(registration, tx, call, APPLICATION_APPROVED, application_id, at, details)


def _require_second_officer(
    registration: RegistrationContext,
    tx: Transaction,
    application: ApplicationRecord,
    call: WindowCall,
) -> None:
    signed = officer_signatures.of_application(tx, application.application_id)

    def signer(kind: StatementKind) -> OfficerId | None:
        signature = signed.get(kind)
        return None if signature is None else signature.occasion.officer.account

    done = {
        Done.SUBMIT: application.submitted_by,
        Done.TAKE_OVER: signer(StatementKind.APPLICATION_TAKEN_OVER),
        Done.CONFIRM_IDENTITY: application.checked_by,
        Done.PRESENT_KEY: signer(StatementKind.KEY_PRESENTED),
    }
    require_another_decides(call.officer, done, registration.policy)
