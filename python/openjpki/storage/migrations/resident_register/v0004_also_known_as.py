"""Residents from abroad may have a second name (通称)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "resident_register_0004"
down_revision = "resident_register_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, empty of everybody until their municipality is loaded anew, and its index."""
    op.add_column(
        "residents", sa.Column("also_known_as", String, nullable=False, server_default="")
    )
    op.create_index(
        "ix_residents_also_known_as",
        "residents",
        ["municipality_code", "also_known_as"],
        sqlite_where=sa.text("also_known_as <> ''"),
        postgresql_where=sa.text("also_known_as <> ''"),
    )
