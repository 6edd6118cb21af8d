"""Days of usage that are complete, entered in the journal with the digest of their sums.

What is in the tables afterwards can be held against it: who writes in the database can't change
what a verifier is to pay without the journal saying something else.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

from openjpki.domain.authority import all_authority_ids
from openjpki.domain.stated_time import written
from openjpki.domain.usage import day_of
from openjpki.domain.window import JAPAN
from openjpki.services.ocsp.journal import USAGE_CLOSED, USAGE_STREAM
from openjpki.services.ocsp.usage.moment import moment_of
from openjpki.services.ocsp.usage.open_from import open_from
from openjpki.storage.ocsp import usage

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from openjpki.domain.usage import DayCount
    from openjpki.services.ocsp.context import OcspContext
    from openjpki.storage.kernel.transaction import Reading, Transaction

_DAY = timedelta(days=1)
_MOST = 31
"""Days at a time: what is left is closed with the next look."""


def close_days(ocsp: OcspContext) -> int:
    """Close those that are complete, in order; how many. Raises ``SERVICE_UNAVAILABLE``, and
    ``STORED_UNREADABLE`` for a day of which a row can't be read: it waits."""
    with ocsp.database.reading() as tx:
        day, end = _next(tx), open_from(tx, ocsp.clock)
    closed = 0
    while day is not None and day < end and closed < _MOST:
        closed += ocsp.database.run(partial(_close, ocsp, day))
        day += _DAY
    return closed


def digest(counts: Iterable[DayCount]) -> str:
    """SHA-256 over a line for each sum of a day and an authority: verifier, way, number."""
    lines = sorted(f"{one.of.verifier_id} {one.of.way.value} {one.told}\n" for one in counts)
    return sha256("".join(lines).encode()).hexdigest()


def _next(tx: Reading) -> date | None:
    last = usage.last_closed(tx)
    if last is not None:
        return last + _DAY
    begun = usage.first_begun(tx)
    return None if begun is None else day_of(begun)


def _close(ocsp: OcspContext, day: date, tx: Transaction) -> bool:
    now = moment_of(tx, ocsp.clock)
    # Another replica may have been quicker.
    if not usage.close(tx, day, at=now):
        return False
    begins = datetime.combine(day, time(), JAPAN)
    for authority_id in all_authority_ids():
        counts = usage.of_day(tx, day, authority_id)
        if counts:
            ocsp.journal.append(
                tx,
                USAGE_CLOSED,
                stream=USAGE_STREAM,
                actor="ocsp",
                subject=str(authority_id),
                details={
                    "authority": str(authority_id),
                    "from": written(begins),
                    "told": sum(one.told for one in counts),
                    "sums_sha256": digest(counts),
                },
                at=now,
            )
    return True
