"""Counts of what was issued for whom, against which limits are held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String, UtcTime

revision = "ca_0011"
down_revision = "ca_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Counting begins now."""
    op.create_table(
        "issue_counts",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("counted", String, nullable=False),
        sa.Column("hour", UtcTime, nullable=False),
        sa.Column("issued", BigNumber, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "counted", "hour", name="pk_issue_counts"),
        sa.CheckConstraint("issued > 0", name=op.f("ck_issue_counts_issued")),
        comment="Certificates of persons intended in an hour, for a caller or a municipality",
    )
