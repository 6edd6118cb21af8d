"""When a certificate can be renewed: from a number of months before its last day (R2.7)."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason


def renewable_from(not_after: datetime, months: int) -> date:
    """The first day, in Japan: as many months before the last day of validity, or the last day of
    that month where it has no such day. ``not_after`` must be aware."""
    last = not_after.astimezone(JAPAN).date()
    year, month = divmod(last.year * 12 + last.month - 1 - months, 12)
    return date(year, month + 1, min(last.day, monthrange(year, month + 1)[1]))


def require_renewable(not_after: datetime, months: int, now: datetime) -> None:
    """Raises ``RENEWAL_TOO_EARLY``, with the first day in ``renewable_from``."""
    first = renewable_from(not_after, months)
    if now.astimezone(JAPAN).date() < first:
        raise OpenJpkiError(
            Reason.RENEWAL_TOO_EARLY,
            f"the certificate can be renewed from {first.isoformat()} on",
            field="kind",
            renewable_from=first.isoformat(),
        )
