"""From when a certificate holds, and a user's how long (R2.5.6: three years from the date of
issue)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from openjpki.domain.clock import USUALLY_BACKDATED
from openjpki.domain.window import JAPAN

_END_OF_DAY = time(23, 59, 59, tzinfo=JAPAN)


@dataclass(frozen=True, slots=True)
class ValidityPolicy:
    """Whole years; the last day counts to its end in Japan, 14:59:59Z."""

    years: int = 3
    backdated: timedelta = USUALLY_BACKDATED
    """How long before the moment of issue notBefore lies, of users', responders' and cross
    certificates: whoever's clock is behind by less takes one that was made just now."""


def begins(issue_instant: datetime, backdated: timedelta, issuer_begins: datetime) -> datetime:
    """notBefore of a certificate issued at that moment; not before its issuer's own."""
    return max(issue_instant - backdated, issuer_begins)


def validity(issue_instant: datetime, policy: ValidityPolicy) -> tuple[datetime, datetime]:
    """``(notBefore, notAfter)`` in UTC, whole seconds, for a certificate issued at that moment.

    notBefore is backdated as the policy says; an issuer that is younger puts it later.
    notAfter is 23:59:59 in Japan on the day that has the date of issue, in Japan, ``years`` later;
    issued on 29 February it is 28 February where that year has no 29th, so that no certificate
    outlasts its years. ``issue_instant`` must be aware (ValueError).
    """
    if issue_instant.utcoffset() is None:
        raise ValueError("the moment of issue needs a time zone")
    not_before = issue_instant.astimezone(UTC).replace(microsecond=0) - policy.backdated
    last_day = years_later_or_day_before(issue_instant.astimezone(JAPAN).date(), policy.years)
    return not_before, datetime.combine(last_day, _END_OF_DAY).astimezone(UTC)


_Day = TypeVar("_Day", bound=date)


def years_later_or_day_before(day: _Day, years: int) -> _Day:
    """The same day so many years later; 28 February where that year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
