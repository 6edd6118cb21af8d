"""Days of usage that are closed, and what can't be known of a replica that wrote no more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String, UtcTime

revision = "ocsp_0008"
down_revision = "ocsp_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.add_column("usage_epochs", sa.Column("unknown_until", UtcTime, nullable=True))
    op.create_table(
        "usage_days",
        sa.Column("day", String, nullable=False),
        sa.Column("closed_at", UtcTime, nullable=False),
        sa.CheckConstraint("length(day) = 10", name=op.f("ck_usage_days_day_written")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_usage_days")),
        comment="Days of Japan for which nothing more is counted, whose sums the journal has",
    )
