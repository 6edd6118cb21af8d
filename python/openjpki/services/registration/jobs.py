"""What the service does by itself: approvals completed, change notices settled, who waits counted,
what waited too long ended, old answers gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.background import BackgroundTasks, Task, doubling
from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.journal_keeping import keep_journal
from openjpki.services.common.journal_time import JournalTime
from openjpki.services.common.officers.upkeep import keep_officers
from openjpki.services.registration.applications.completion import complete_pending
from openjpki.services.registration.applications.end_by_policy import end_by_policy
from openjpki.services.registration.applications.waiting import count_waiting
from openjpki.services.registration.generators_register import generators_register
from openjpki.services.registration.notices.link_residents import link_residents
from openjpki.services.registration.notices.settle_notices import settle_notices
from openjpki.services.registration.notices.waiting import count_notices

if TYPE_CHECKING:
    from openjpki.config.registration import RegistrationPart
    from openjpki.services.registration.context import RegistrationContext

COMPLETE = "complete_approvals"
"""The task that is woken when an approval is left without an answer."""
SETTLE = "settle_notices"
"""The task that is woken when change notices were taken."""
_EVERY = 60.0
"""Seconds from one turn to the next when nobody calls."""
_FIRST_RETRY = 0.2
_LONGEST_RETRY = 30.0


def completion_of(registration: RegistrationContext) -> BackgroundTasks:
    """Completes approvals; in a thread of its own, as it waits for the authority's answers."""
    return BackgroundTasks(
        "registration-completion",
        [
            Task(
                name=COMPLETE,
                work=lambda: complete_pending(registration),
                every=_EVERY,
                retry=doubling(_FIRST_RETRY, _LONGEST_RETRY),
            )
        ],
    )


def notices_of(registration: RegistrationContext) -> BackgroundTasks:
    """Settles change notices; in a thread of its own, as it waits for the authority's answers and
    there may be very many."""
    return BackgroundTasks(
        "registration-notices",
        [
            Task(
                name=SETTLE,
                work=lambda: settle_notices(registration),
                every=_EVERY,
                retry=doubling(_FIRST_RETRY, _LONGEST_RETRY),
            )
        ],
        # Whom nothing links yet a notice would not be about.
        first=Task(
            name="link_residents",
            work=lambda: link_residents(registration),
            every=_LONGEST_RETRY,
        ),
    )


def jobs_of(registration: RegistrationContext, part: RegistrationPart) -> BackgroundTasks:
    """The rest, which never waits for another service."""
    time = JournalTime(registration.database, registration.clock)
    return BackgroundTasks(
        "registration-jobs",
        [
            Task(name="count_applications", work=lambda: count_waiting(registration), every=_EVERY),
            Task(name="count_notices", work=lambda: count_notices(registration), every=_EVERY),
            Task(name="end_applications", work=lambda: end_by_policy(registration), every=_EVERY),
            Task(
                name="keep_officers",
                work=lambda: keep_officers(generators_register(registration)),
                every=_EVERY,
            ),
            Task(
                name="forget_answers",
                work=lambda: forget_answers(
                    registration.database,
                    registration.requests,
                    registration.clock,
                    kept=part.answers_kept,
                ),
                every=_EVERY,
            ),
            Task(
                name="keep_journal",
                work=lambda: keep_journal(
                    registration.database,
                    registration.journal,
                    registration.clock,
                    time.now,
                    actor="registration",
                ),
                every=_EVERY,
            ),
        ],
    )
