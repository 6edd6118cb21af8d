"""Days of usage that are closed: nothing more is counted for them; the journal has their sums."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from openjpki.domain.authority import all_authority_ids
from openjpki.storage.kernel.columns import insert_if_absent
from openjpki.storage.kernel.unreadable import read_each
from openjpki.storage.ocsp.tables import usage as _usage
from openjpki.storage.ocsp.tables import usage_days as _days
from openjpki.storage.ocsp.tables import usage_epochs as _epochs
from openjpki.storage.ocsp.usage import TOLD, day_count

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.usage import DayCount
    from openjpki.storage.kernel.transaction import Reading, Transaction

# Any fixed number, other than those of migrations and turns.
_CLOSING = 0x4F4A_5544


def last_closed(tx: Reading, before: date) -> date | None:
    """The newest day before this one that is closed. Rows of later ones say nothing: of a day that
    is not over nobody knows the sums."""
    wanted = select(func.max(_days.c.day)).where(_days.c.day < before.isoformat())
    found = tx.connection.execute(wanted).scalar_one()
    return None if found is None else date.fromisoformat(found)


def first_begun(tx: Reading) -> datetime | None:
    """When anything was counted first."""
    found: datetime | None = tx.connection.execute(
        select(_epochs.c.begun_at).order_by(_epochs.c.begun_at).limit(1)
    ).scalar_one_or_none()
    return found


def is_alone(tx: Transaction) -> bool:
    """Whether nobody else closes days now, nor will until the transaction ends."""
    if tx.connection.dialect.name != "postgresql":
        return True
    found: bool = tx.connection.execute(
        select(func.pg_try_advisory_xact_lock(_CLOSING))
    ).scalar_one()
    return found


def close(tx: Transaction, day: date, *, at: datetime) -> bool:
    """That nothing more is counted for a day; whether nobody had said so."""
    return insert_if_absent(tx, _days, day=day.isoformat(), closed_at=at)


def sums(tx: Reading, day: date) -> list[DayCount]:
    """Of a day, by verifier, authority and way. Raises ``STORED_UNREADABLE``."""
    by = (_usage.c.day, _usage.c.verifier_id, _usage.c.authority_id, _usage.c.way)
    wanted = (
        select(*by, TOLD)
        # By name, so that each is found by an index.
        .where(_usage.c.authority_id.in_(all_authority_ids()), _usage.c.day == day.isoformat())
        .group_by(*by)
    )
    return read_each(tx, wanted, day_count, table=_usage, left_out=None)
