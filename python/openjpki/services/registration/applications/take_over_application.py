"""Another officer answers for an application whose taker lost the key, or is an officer no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application import ApplicationEvent, transition
from openjpki.domain.evidence import StatementKind
from openjpki.services.registration.applications.answers import (
    ApplicationAnswer,
    answer_once,
    lock_application,
)
from openjpki.services.registration.context import enter_in_journal
from openjpki.services.registration.journal import APPLICATION_TAKEN_OVER
from openjpki.services.registration.plausible import require_plausible
from openjpki.storage.registration import officer_signatures

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext, WindowCall
    from openjpki.storage.kernel.transaction import Transaction


def take_over_application(
    registration: RegistrationContext, call: WindowCall, application_id: str
) -> ApplicationAnswer:
    """The state it was in. What was signed when it was taken is passed on still, beside this.

    Raises APPLICATION_NOT_FOUND, WRONG_STATE, and what `require_plausible` raises.
    """
    at = registration.clock.now()

    def work(tx: Transaction) -> ApplicationAnswer:
        require_plausible(call, at)
        application = lock_application(tx, call, application_id)
        state = transition(application.state, ApplicationEvent.TAKE_OVER)
        kind = StatementKind.APPLICATION_TAKEN_OVER
        officer_signatures.keep(tx, application_id, kind, call.signed)
        enter_in_journal(registration, tx, call, APPLICATION_TAKEN_OVER, application_id, at)
        return ApplicationAnswer(application_id, state)

    return answer_once(registration, call, at, work)
