"""Refusing a certificate that would be one too many for its caller or its municipality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.ca import issue_counts
from openjpki.telemetry.metrics import ISSUE_LIMIT_REFUSALS

if TYPE_CHECKING:
    from openjpki.domain.issue_limits import IssueLimits
    from openjpki.storage.ca.issuances import Intent
    from openjpki.storage.kernel.transaction import Transaction


def require_room(tx: Transaction, limits: IssueLimits, intent: Intent) -> None:
    """Counts an intent, in the transaction that stores it: every instance counts in one place,
    what is refused is not counted, and a retry of what was stored is not counted again.

    Raises ``TOO_MANY_CERTIFICATES``. Only certificates of persons are limited here.
    """
    if intent.holder is None:
        return
    municipality = intent.holder.municipality_code
    caller, whose = f"caller:{intent.request.caller}", f"municipality:{municipality}"
    counts = issue_counts.count(tx, intent.authority_id, [caller, whose], intent.intended_at)
    for counted, hour, day in (
        (caller, limits.caller_hour, limits.caller_day),
        (whose, limits.municipality_hour, limits.municipality_day),
    ):
        in_hour, in_day = counts[counted]
        if in_hour > hour:
            raise _too_many(intent, counted, "hour")
        if in_day > day:
            raise _too_many(intent, counted, "day")


def _too_many(intent: Intent, counted: str, period: str) -> OpenJpkiError:
    whose = counted.partition(":")[0]
    ISSUE_LIMIT_REFUSALS.labels(str(intent.authority_id), whose, period).inc()
    return OpenJpkiError(
        Reason.TOO_MANY_CERTIFICATES,
        f"the limit of certificates of one {whose} in one {period} is reached",
    )
