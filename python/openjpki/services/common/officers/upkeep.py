"""What is done about a register of officers without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers.enrolment import RENEW_WITHIN
from openjpki.services.common.officers.end_proposals import end_lapsed, end_of_denied
from openjpki.storage.officers import keys
from openjpki.telemetry.metrics import OFFICER_KEYS_ENDING

if TYPE_CHECKING:
    from openjpki.services.common.officers.context import OfficersContext


def keep_officers(register: OfficersContext) -> None:
    """End what nobody may approve any more, and count the keys that somebody has to renew."""
    end_lapsed(register)
    end_of_denied(register)
    now = register.clock.now()
    with register.database.reading() as tx:
        for within in RENEW_WITHIN:
            ending = keys.count_ending(tx, now, now + within)
            OFFICER_KEYS_ENDING.labels(str(within.days)).set(ending)
