"""The day to which belongs what is told now, and what was told and is not counted yet."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from openjpki.domain.usage import day_of
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.storage.ocsp import usage_days

if TYPE_CHECKING:
    from openjpki.domain.clock import Clock
    from openjpki.storage.kernel.transaction import Reading

_DAY = timedelta(days=1)


def first_open(tx: Reading, clock: Clock) -> date:
    """Nothing is counted for an earlier day: it is closed, whatever either clock says since. Of
    the two it is the later one before which it was: those who closed it had another one."""
    closed = usage_days.last_closed(tx, max(day_of(clock.now()), day_of(moment_of(tx, clock))))
    return date.min if closed is None else closed + _DAY


def counted_day(tx: Reading, clock: Clock) -> date:
    """The database's; a day ahead of this machine's at most, and none that is closed."""
    day = min(day_of(moment_of(tx, clock)), day_of(clock.now()) + _DAY)
    return max(day, first_open(tx, clock))
