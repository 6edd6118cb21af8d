"""②: records how the officer made sure that the applicant is the resident (本人性, R2.2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, transition
from openjpki.domain.evidence import StatementKind
from openjpki.domain.window_rules.checking import require_enough
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    lock_application,
)
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import IDENTITY_CONFIRMED, check_details
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.registration import applications, identity_checks, officer_signatures
from openjpki.storage.registration.identity_checks import Purpose

if TYPE_CHECKING:
    from openjpki.domain.application import IdentityCheck
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction


def record_identity_check(
    registration: RegistrationContext, call: WindowCall, application_id: str, check: IdentityCheck
) -> ApplicationAnswer:
    """State IDENTITY_CONFIRMED.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, and what `require_plausible` and `require_enough`
    raise.
    """

    def work(tx: Transaction) -> ApplicationAnswer:
        require_enough(registration.rules, check)
        require_plausible(call, check.checked_at)
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.CONFIRM_IDENTITY)
        applications.confirm_identity(tx, application_id, call.officer)
        identity_checks.add(tx, call.request, application_id, Purpose.ISSUE, check)
        officer_signatures.keep(tx, application_id, StatementKind.IDENTITY_CHECKED, call.signed)
        enter_in_journal(
            registration,
            tx,
            call,
            IDENTITY_CONFIRMED,
            application_id,
            check.checked_at,
            check_details(check),
        )
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, check.checked_at, work)
