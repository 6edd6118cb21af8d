"""What replicas took of quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String, UtcTime

revision = "ocsp_0011"
down_revision = "ocsp_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "quota_taken",
        sa.Column("period", String, nullable=False),
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        sa.Column("unit", String, nullable=False),
        sa.Column("taken", BigNumber, nullable=False),
        sa.CheckConstraint("unit IN ('statuses', 'downloads')", name=op.f("ck_quota_taken_unit")),
        sa.CheckConstraint("length(period) IN (7, 10)", name=op.f("ck_quota_taken_period_written")),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_quota_taken_taken_not_negative")),
        sa.PrimaryKeyConstraint(
            "period", "verifier_id", "authority_id", "unit", name=op.f("pk_quota_taken")
        ),
        comment="What replicas took of a quota in a day or month of Japan, told or still held",
    )
    op.create_table(
        "quota_leases",
        sa.Column("day", String, nullable=False),
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        sa.Column("unit", String, nullable=False),
        sa.Column("run", String, nullable=False),
        sa.Column("leased", BigNumber, nullable=False),
        sa.Column("closed_at", UtcTime, nullable=True),
        sa.CheckConstraint("unit IN ('statuses', 'downloads')", name=op.f("ck_quota_leases_unit")),
        sa.CheckConstraint("length(day) = 10", name=op.f("ck_quota_leases_day_written")),
        sa.CheckConstraint("leased >= 0", name=op.f("ck_quota_leases_leased_not_negative")),
        sa.PrimaryKeyConstraint(
            "day", "verifier_id", "authority_id", "unit", "run", name=op.f("pk_quota_leases")
        ),
        comment="What each run of a replica took of a quota on a day; told, once it is closed",
    )
    op.create_index("ix_quota_leases_run", "quota_leases", ["run"])
