"""Which certificate an issuance renews (R2.7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes

revision = "ca_0024"
down_revision = "ca_0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, and an index that lets each be renewed once. Nothing was renewed before."""
    op.add_column("issuances", sa.Column("renews", Bytes, nullable=True))
    op.create_index(
        "uq_issuances_renews",
        "issuances",
        ["authority_id", "renews"],
        unique=True,
        sqlite_where=sa.text("renews IS NOT NULL"),
        postgresql_where=sa.text("renews IS NOT NULL"),
    )
