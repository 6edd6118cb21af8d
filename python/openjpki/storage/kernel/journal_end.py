"""Up to when a database knows what its service did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from openjpki.storage.kernel.columns import UtcTime
from openjpki.storage.kernel.tables import journal

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.storage.kernel.transaction import Reading


def newest_moment(tx: Reading) -> datetime | None:
    """When the newest act of any stream was entered; None in an empty journal."""
    return tx.connection.execute(select(func.max(journal.c.at, type_=UtcTime))).scalar_one_or_none()
