"""The applicant changes their mind before a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, transition
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    lock_application,
)
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import APPLICATION_WITHDRAWN
from openjpki.storage.registration import applications, personal_data

if TYPE_CHECKING:
    from openjpki.domain.application_end import Ending, WithdrawalReason
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction


def withdraw_application(
    registration: RegistrationContext,
    call: WindowCall,
    application_id: str,
    ending: Ending[WithdrawalReason],
) -> ApplicationAnswer:
    """State WITHDRAWN, and why. Raises APPLICATION_NOT_FOUND, WRONG_STATE."""
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.WITHDRAW)
        applications.withdraw(tx, application_id, call.officer, at, ending.reason)
        personal_data.add_explanation(tx, application_id, ending.explanation)
        details = {"reason": ending.reason.value}
        enter_in_journal(registration, tx, call, APPLICATION_WITHDRAWN, application_id, at, details)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work)
