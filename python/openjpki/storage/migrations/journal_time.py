"""A place for the time that disposing of the journal goes by: a step of every service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, UtcTime


def create_journal_time() -> None:
    """Without a row: the first round makes it, from what the journal holds."""
    op.create_table(
        "journal_time",
        sa.Column("single", BigNumber, nullable=False),
        sa.Column("reached", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("single", name="pk_journal_time"),
        sa.CheckConstraint("single = 1", name=op.f("ck_journal_time_single")),
        comment="One row: the time by which periods of the journal are over, never ahead of what"
        " passed",
    )
