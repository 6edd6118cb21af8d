"""What ends by itself: applications nobody decided on in time, and those with nothing left to do.

Every instance does it. Each application is held for a transaction of its own and looked at again in
it, so what another instance, or an officer, was first to do is not done twice, and a service that
is killed has done each of them wholly or not at all.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openjpki.domain.application import TRANSITIONS, ApplicationEvent
from openjpki.domain.certificate_hand_over import Closed, Closing
from openjpki.services.common.apart import Apart
from openjpki.services.common.journal_time import surely_now
from openjpki.services.registration.journal import APPLICATION_CLOSED, APPLICATION_EXPIRED
from openjpki.storage.registration import applications, closing
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction

BATCH = 500
"""Of each kind in one round; more wait for the next."""
_ACTOR = "registration"
_log = get_logger("applications")


def end_by_policy(registration: RegistrationContext) -> None:
    """Expire and close what is due. Raises ``SERVICE_UNAVAILABLE``."""
    # Not by the clock: what has expired does not come back.
    now = registration.database.run(lambda tx: surely_now(tx, registration.clock))
    policy = registration.policy
    with registration.database.reading() as tx:
        waited = closing.taken_before(tx, now - policy.waits_at_most, at_most=BATCH)
        unopposed = closing.handed_over_before(tx, now - policy.closed_after, at_most=BATCH)
        over = closing.with_ended_certificate(tx, now, at_most=BATCH)
    due = [
        *(((*place, ApplicationEvent.EXPIRE, None)) for place in waited),
        *(((*place, ApplicationEvent.CLOSE, Closing.NOT_OBJECTED)) for place in unopposed),
        *(
            ((*place, ApplicationEvent.END_CERTIFICATE, Closing.CERTIFICATE_ENDED))
            for place in over
        ),
    ]
    apart = Apart(_log, "applications not ended")
    for code, application_id, event, why in due:
        with apart.of(application_id=application_id):
            at = registration.clock.now()
            registration.database.run(
                partial(_end, registration, code, application_id, event, why, at)
            )
    apart.end()


def _end(
    registration: RegistrationContext,
    code: str,
    application_id: str,
    event: ApplicationEvent,
    why: Closing | None,
    at: datetime,
    tx: Transaction,
) -> None:
    """``why``: it is closed; None where it expires."""
    found = applications.lock(tx, code, application_id)
    if found is None or (found.state, event) not in TRANSITIONS:
        return
    enter = partial(
        registration.journal.append, tx, stream=code, actor=_ACTOR, subject=application_id, at=at
    )
    if why is None:
        closing.expire(tx, application_id, at)
        enter(APPLICATION_EXPIRED, details={"days": registration.policy.waits_at_most.days})
    else:
        closing.close(tx, application_id, Closed(why, at))
        enter(APPLICATION_CLOSED, details={"closing": why.value})
