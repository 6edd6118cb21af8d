"""What the service does by itself, beside completing approvals: who waits, old answers gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.services.common.forget_answers import forget_answers
from openjpki.services.common.rounds import Rounds
from openjpki.services.registration.applications.waiting import count_waiting

if TYPE_CHECKING:
    from openjpki.config.registration import RegistrationPart
    from openjpki.services.registration.context import RegistrationContext

_EVERY = 60.0
"""Seconds from one round to the next."""


def jobs_of(context: RegistrationContext, part: RegistrationPart) -> Rounds:
    """The service's rounds."""
    return Rounds(
        "registration",
        {
            "count_applications": lambda: count_waiting(context),
            "forget_answers": lambda: forget_answers(
                context.database, context.requests, context.clock, kept=part.answers_kept
            ),
        },
        every=_EVERY,
    )
