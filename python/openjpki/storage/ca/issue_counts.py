"""How many certificates were intended for whom, by the hours of the clock."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.storage.ca.tables import issue_counts as _counts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Executable

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Transaction

DAY = timedelta(hours=23)
"""From an hour back to the first one of its day."""
_KEPT = timedelta(days=2)


def count(
    tx: Transaction, authority_id: AuthorityId, counted: Sequence[str], at: datetime
) -> dict[str, tuple[int, int]]:
    """One more of each; how many there are now in the hour and in its day.

    Others that count the same wait until this transaction ends: call it late. What is older than
    two days is forgotten when an hour begins.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    # In one order, so that no two transactions wait for each other. Hours that are over change no
    # more, and are read before anybody has to wait.
    names = {f"counted_{index}": one for index, one in enumerate(sorted(counted))}
    asked = {"of_authority": authority_id, "from_hour": hour - DAY, "to_hour": hour, **names}
    over = tx.connection.execute(_hours_over(len(names)), asked)
    before = {name: int(issued) for name, issued in over}
    added = _adding_one(tx.connection.dialect.name, len(names))
    rows = {"of_authority": authority_id, "of_hour": hour, **names}
    now = {name: int(issued) for name, issued in tx.connection.execute(added, rows)}
    if 1 in now.values():
        tx.connection.execute(
            delete(_counts).where(
                _counts.c.authority_id == authority_id, _counts.c.hour < hour - _KEPT
            )
        )
    return {one: (now[one], before.get(one, 0) + now[one]) for one in counted}


# Built once: building a statement takes as long as sending it.
@cache
def _hours_over(number: int) -> Executable:
    named = [_counts.c.counted == bindparam(f"counted_{index}") for index in range(number)]
    return (
        select(_counts.c.counted, func.sum(_counts.c.issued))
        .where(
            _counts.c.authority_id == bindparam("of_authority"),
            or_(*named),
            _counts.c.hour >= bindparam("from_hour"),
            _counts.c.hour < bindparam("to_hour"),
        )
        .group_by(_counts.c.counted)
    )


@cache
def _adding_one(dialect: str, number: int) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    rows = [
        {
            "authority_id": bindparam("of_authority"),
            "counted": bindparam(f"counted_{index}"),
            "hour": bindparam("of_hour"),
            "issued": 1,
        }
        for index in range(number)
    ]
    return (
        insert(_counts)
        .values(rows)
        .on_conflict_do_update(
            index_elements=["authority_id", "counted", "hour"],
            set_={"issued": _counts.c.issued + 1},
        )
        .returning(_counts.c.counted, _counts.c.issued)
    )
