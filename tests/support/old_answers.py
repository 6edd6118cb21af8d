"""Kept answers grow older. No clock does it: they are forgotten by the time that surely passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from openjpki.storage.kernel.tables import requests

if TYPE_CHECKING:
    from datetime import timedelta

    from openjpki.storage.kernel.database import Database


def grow_older(database: Database, by: timedelta) -> None:
    """As if every answer that is kept had been given so much earlier."""
    with database.transaction() as tx:
        moments = tx.connection.execute(select(requests.c.at).distinct()).scalars().all()
        # The oldest first: none is moved to where another is still to be moved from.
        for at in sorted(moments):
            tx.connection.execute(update(requests).where(requests.c.at == at).values(at=at - by))
