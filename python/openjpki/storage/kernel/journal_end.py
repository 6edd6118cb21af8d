"""Up to when a database knows what its service did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from openjpki.domain.actors import CONSOLE
from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.tables import journal

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading


def newest_moment(tx: Reading) -> datetime | None:
    """When the newest act of any stream was entered; None in an empty journal.

    What was done at the console is left out: a restore that was begun and cut short has entered
    things of today into a database that ends long before.
    """
    newest = select(func.max(journal.c.at, type_=UtcTime)).where(
        journal.c.actor.not_like(f"{CONSOLE}%")
    )
    return tx.connection.execute(newest).scalar_one_or_none()
