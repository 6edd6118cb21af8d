"""Whether sums of usage still are what the journal says of the days that were closed (L1).

The first entry of a day and an authority holds. Whoever writes in the database can add one, but
takes none away without :mod:`openjpki.services.common.journal_checking` finding out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

from openjpki.domain.usage import day_of
from openjpki.services.ocsp.journal import (
    RETENTION,
    USAGE_CLOSED,
    USAGE_DAY_CLOSED,
    USAGE_STREAM,
)
from openjpki.services.ocsp.usage.closing import digest
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.ocsp import usage_days

if TYPE_CHECKING:
    from openjpki.domain.usage import DayCount
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Entry
    from openjpki.storage.kernel.transaction import Reading

_DAY = timedelta(days=1)


class FaultKind(Enum):
    """What is wrong with a day, of an authority or of all."""

    DIFFERS = "sums differ"
    NOT_ENTERED = "counts without an entry"
    ENTERED_AGAIN = "entered again"
    DAY_NOT_ENTERED = "day not entered"


@dataclass(frozen=True, slots=True)
class Fault:
    """One of them."""

    day: date
    authority: str | None
    """None: of all."""
    kind: FaultKind


@dataclass(frozen=True, slots=True)
class Compared:
    """Days that were compared, in order without gaps; none where none was closed."""

    first: date | None
    last: date | None
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class _Entered:
    days: set[date] = field(default_factory=set)
    sums: dict[date, dict[str, str]] = field(default_factory=dict)
    """By day and authority."""
    again: list[Fault] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        day = day_of(datetime.fromisoformat(str(entry.details["from"])).astimezone(UTC))
        if entry.act == USAGE_DAY_CLOSED.name:
            if day in self.days:
                self.again.append(Fault(day, None, FaultKind.ENTERED_AGAIN))
            self.days.add(day)
            return
        of_day = self.sums.setdefault(day, {})
        if entry.subject in of_day:
            self.again.append(Fault(day, entry.subject, FaultKind.ENTERED_AGAIN))
        of_day.setdefault(entry.subject, str(entry.details["sums_sha256"]))


def compare_days(database: Database) -> Compared:
    """Every day that was closed. Raises ``SERVICE_UNAVAILABLE``, and ``STORED_UNREADABLE``: with
    an entry or a row left out nothing could be said."""
    with database.reading() as tx:
        entered = _Entered()
        acts = {USAGE_CLOSED.name, USAGE_DAY_CLOSED.name}
        for entry in SqlJournal().read(tx, USAGE_STREAM, RETENTION, acts=acts):
            entered.add(entry)
        if not entered.days:
            return Compared(None, None, ())
        first, last = min(entered.days), max(entered.days)
        faults = list(entered.again)
        for day in (first + n * _DAY for n in range((last - first).days + 1)):
            if day not in entered.days:
                faults.append(Fault(day, None, FaultKind.DAY_NOT_ENTERED))
            faults += _of_day(tx, day, entered)
    return Compared(first, last, tuple(faults))


def _of_day(tx: Reading, day: date, entered: _Entered) -> list[Fault]:
    found: dict[str, list[DayCount]] = {}
    for one in usage_days.sums(tx, day):
        found.setdefault(str(one.of.authority_id), []).append(one)
    faults, said_of = [], entered.sums.get(day, {})
    for authority in sorted({*found, *said_of}):
        said = said_of.get(authority)
        if said is None:
            faults.append(Fault(day, authority, FaultKind.NOT_ENTERED))
        elif said != digest(found.get(authority, ())):
            faults.append(Fault(day, authority, FaultKind.DIFFERS))
    return faults
