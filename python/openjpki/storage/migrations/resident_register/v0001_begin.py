"""Residents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String
from openjpki.storage.migrations.common import create_common_tables

revision = "resident_register_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first schema."""
    create_common_tables()
    op.create_table(
        "residents",
        sa.Column("resident_id", String, nullable=False),
        sa.Column("municipality_code", String, nullable=False),
        sa.Column("name", String, nullable=False),
        sa.Column("name_kana", String, nullable=False),
        sa.Column("romanised_name", String, nullable=False),
        sa.Column("birth_date", String, nullable=False),
        sa.Column("sex", String, nullable=False),
        sa.Column("address", String, nullable=False),
        sa.PrimaryKeyConstraint("resident_id", name=op.f("pk_residents")),
        comment="Residents as the register has them; texts in canonical form, one row a resident",
    )
    op.create_index(
        "ix_residents_address", "residents", ["municipality_code", "address"], unique=False
    )
    op.create_index(
        "ix_residents_birth_date", "residents", ["municipality_code", "birth_date"], unique=False
    )
    op.create_index("ix_residents_name", "residents", ["municipality_code", "name"], unique=False)
