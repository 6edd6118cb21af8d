"""How many certificates were intended for whom, by the hours of the clock."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from openjpki.storage.ca.tables import issue_counts as _counts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.sql.dml import ReturningInsert

    from openjpki.domain.authority import AuthorityId
    from openjpki.storage.kernel.transaction import Transaction

DAY = timedelta(hours=23)
"""From an hour back to the first one of its day."""
_KEPT = timedelta(days=2)


def count(
    tx: Transaction, authority_id: AuthorityId, counted: str, at: datetime
) -> tuple[int, int]:
    """One more; how many there are now in the hour and in its day.

    Others that count the same wait until this transaction ends. What is older than two days is
    forgotten when an hour begins.
    """
    hour = at.replace(minute=0, second=0, microsecond=0)
    row = {"authority_id": authority_id, "counted": counted, "hour": hour}
    added = _adding_one(tx.connection.dialect.name)
    (in_hour,) = tx.connection.execute(added, {**row, "issued": 1}).one()
    if in_hour == 1:
        tx.connection.execute(
            delete(_counts).where(
                _counts.c.authority_id == authority_id, _counts.c.hour < hour - _KEPT
            )
        )
    in_day = tx.connection.execute(
        select(func.coalesce(func.sum(_counts.c.issued), 0)).where(
            _counts.c.authority_id == authority_id,
            _counts.c.counted == counted,
            _counts.c.hour >= hour - DAY,
        )
    ).scalar_one()
    return int(in_hour), int(in_day)


@cache
def _adding_one(dialect: str) -> ReturningInsert[int]:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return (
        insert(_counts)
        .on_conflict_do_update(
            index_elements=["authority_id", "counted", "hour"],
            set_={"issued": _counts.c.issued + 1},
        )
        .returning(_counts.c.issued)
    )
