"""From which moment on rows are told to a service that lost them: clocks may have gone back since.

What is told is found by the moments of rows, and a clock that was set back gave rows of later acts
moments from before the one that was asked for. The journal knows: it numbers its entries in the
order in which they were entered, whatever a clock said.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.storage.kernel import journal_end

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading

MARGIN = timedelta(hours=1)
"""Clocks of two services differ, and what is entered late was done earlier."""


def told_from(tx: Reading, since: datetime) -> datetime:
    """``since``, or before everything that was entered after it by a clock that went back. Who is
    told of more than happened since has it already."""
    earliest = journal_end.earliest_moment(tx, since)
    if earliest is None or earliest >= since:
        return since
    # Streams go by the same clock, and one of them was the first to see it go back.
    return earliest - MARGIN
