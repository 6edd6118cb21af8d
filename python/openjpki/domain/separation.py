"""Which officers of one application must be different people (R9.2.1)."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.policy.window import WindowPolicy
    from openjpki.domain.window import OfficerId


class Done(Enum):
    """What officers do before one decides."""

    SUBMIT = "submit"
    """Takes the application, and with it compares the register (R2.2.1)."""
    TAKE_OVER = "take_over"
    """Answers for it since, in the place of who took it."""
    CONFIRM_IDENTITY = "confirm_identity"
    PRESENT_KEY = "present_key"


_TAKING = {Done.SUBMIT, Done.TAKE_OVER}


def require_another_decides(
    decider: OfficerId, done: Mapping[Done, OfficerId | None], policy: WindowPolicy
) -> None:
    """``SAME_OFFICER`` unless who decides did nothing of it that policy keeps apart. Metadata
    ``officer`` and ``steps`` (with commas) say who did what.

    Who checked identity and who took the key never decide, whatever policy says: the authority
    certifies nothing that one officer alone has seen.
    """
    steps = [
        step.value
        for step, officer in done.items()
        if officer == decider and (step not in _TAKING or policy.decider_did_not_take)
    ]
    if steps:
        named = ", ".join(steps)
        raise OpenJpkiError(
            Reason.SAME_OFFICER,
            f"{decider.text} did {named} of this application: another officer must decide",
            officer=decider.text,
            steps=",".join(steps),
        )
