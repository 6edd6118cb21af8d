"""How much verifiers are told, by authority, way and day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, String, UtcTime

revision = "ocsp_0007"
down_revision = "ocsp_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "usage_epochs",
        sa.Column("epoch", String, nullable=False),
        sa.Column("run", String, nullable=False),
        sa.Column("begun_at", UtcTime, nullable=False),
        sa.Column("flushed_at", UtcTime, nullable=False),
        sa.Column("sealed_at", UtcTime, nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_usage_epochs")),
        comment="What was counted together by one run of a replica; nothing more once it is sealed",
    )
    op.create_table(
        "usage",
        sa.Column("epoch", String, nullable=False),
        sa.Column("day", String, nullable=False),
        sa.Column("verifier_id", String, nullable=False),
        sa.Column("authority_id", String, nullable=False),
        sa.Column("way", String, nullable=False),
        sa.Column("told", BigNumber, nullable=False),
        sa.CheckConstraint("way IN ('ocsp_http', 'lists', 'grpc')", name=op.f("ck_usage_way")),
        sa.CheckConstraint("told > 0", name=op.f("ck_usage_told_positive")),
        sa.CheckConstraint("length(day) = 10", name=op.f("ck_usage_day_written")),
        sa.PrimaryKeyConstraint(
            "epoch", "day", "verifier_id", "authority_id", "way", name=op.f("pk_usage")
        ),
        comment="How much each verifier was told, by authority, way and day of Japan",
    )
    op.create_index("ix_usage_authority_id_day", "usage", ["authority_id", "day"])
    op.create_index("ix_usage_verifier_id_day", "usage", ["verifier_id", "day"])
