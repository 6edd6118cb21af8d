"""From which moment on rows are told to a service that lost them: clocks may have gone back since.

What is told is found by the moments of rows, and a clock that was set back gave rows of later acts
moments from before the one that was asked for. The journal numbers the entries of each stream and
class in the order in which they were entered, whatever a clock said. So it shows a clock that went
back where one of these has an entry from that moment or later, and after it one from before. Of a
stream that was quiet in between it shows nothing, and that one may have been the first to go by the
clock set back: so what is told begins a day before the earliest entry that shows it.

What no stream shows, and what was done more than a day before the first entry that does, is not
told: the moment asked for must be earlier then.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.storage.kernel import journal_end

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading
    from openjpki.storage.kernel.unreadable import LeftOut

MARGIN = timedelta(hours=1)
"""Clocks of two services differ, and what is entered late was done earlier."""
STEP_SEEN_LATE = timedelta(days=1)
"""For so long a stream may have gone by a clock set back before another one shows it."""
AHEAD = timedelta(days=1)
"""An entry that is later than now by more is one of the future."""


def told_from(tx: Reading, since: datetime, now: datetime, *, left_out: LeftOut) -> datetime:
    """``since``, or before what was entered after it by a clock that went back. Who is told of more
    than happened since has it already.

    An entry of the future, by a clock that was ahead once, does not stand for what came after it;
    but where ``since`` is later than ``now`` it is this clock that is wrong, and every entry does.
    ``left_out``: told of the entry that is the earliest and can't be read; all is told then.
    """
    until = None if now < since else now + AHEAD
    earliest = journal_end.earliest_moment(tx, since, until, left_out=left_out)
    if earliest is None or earliest >= since:
        return since
    return before(earliest, STEP_SEEN_LATE)


def before(moment: datetime, margin: timedelta) -> datetime:
    """So much earlier, and no earlier than the beginning."""
    return max(moment, journal_end.BEGINNING + margin) - margin
