"""Days of usage that are complete, entered in the journal with the digest of their sums.

What is in the tables afterwards can be held against it: who writes in the database can't change
what a verifier is to pay without the journal saying something else.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import written
from openjpki.domain.usage import day_of
from openjpki.domain.window import JAPAN
from openjpki.services.ocsp.journal import USAGE_CLOSED, USAGE_DAY_CLOSED, USAGE_STREAM
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.open_from import open_from
from openjpki.storage.ocsp import usage_days
from openjpki.telemetry.metrics import USAGE_OPEN_SINCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from openjpki.domain.usage import DayCount
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.acts import Value
    from openjpki.storage.kernel.transaction import Reading, Transaction

_DAY = timedelta(days=1)


def close_days(ocsp: OcspContext, stopping: Callable[[], bool] = lambda: False) -> int:
    """Close those that are complete, in order, until asked to stop; how many. Raises
    ``SERVICE_UNAVAILABLE``, and ``STORED_UNREADABLE`` for a day of which a row can't be read: it
    waits, and those after it."""
    closed = 0
    while not stopping():
        with ocsp.database.reading() as tx:
            end = open_from(tx, ocsp.clock)
            day = _first_open(tx, end)
        USAGE_OPEN_SINCE.set(datetime.combine(day, time(), JAPAN).timestamp())
        if day >= end or not ocsp.database.run(partial(_close, ocsp, day)):
            # Or another replica is at it.
            break
        closed += 1
    return closed


def digest(counts: Iterable[DayCount]) -> str:
    """SHA-256 over a line for each sum of a day and an authority: verifier, way, number."""
    lines = sorted(f"{one.of.verifier_id} {one.of.way.value} {one.told}\n" for one in counts)
    return sha256("".join(lines).encode()).hexdigest()


def _first_open(tx: Reading, end: date) -> date:
    """``end``, where all before it are closed, or nothing was counted yet."""
    last, begun = usage_days.last_closed(tx, end), usage_days.first_begun(tx)
    if last is not None:
        return last + _DAY
    return end if begun is None else min(end, day_of(begun))


def _close(ocsp: OcspContext, day: date, tx: Transaction) -> bool:
    now = moment_of(tx, ocsp.clock)
    # Another replica may have been quicker.
    if not usage_days.is_alone(tx) or not usage_days.close(tx, day, at=now):
        return False
    begins = written(datetime.combine(day, time(), JAPAN))
    found: dict[str, list[DayCount]] = {}
    for one in usage_days.sums(tx, day):
        found.setdefault(str(one.of.authority_id), []).append(one)
    enter = partial(ocsp.journal.append, tx, stream=USAGE_STREAM, actor="ocsp", at=now)
    for authority, counts in sorted(found.items()):
        details: dict[str, Value] = {
            "authority": authority,
            "from": begins,
            "told": sum(one.told for one in counts),
            "sums_sha256": digest(counts),
        }
        enter(USAGE_CLOSED, subject=authority, details=details)
    # Last, and also of a day without any: what is not named in it was nothing.
    everything = sum(one.told for counts in found.values() for one in counts)
    of_day: dict[str, Value] = {"from": begins, "told": everything}
    if found:
        of_day["authority_ids"] = ",".join(sorted(found))
    enter(USAGE_DAY_CLOSED, subject=day.isoformat(), details=of_day)
    return True
