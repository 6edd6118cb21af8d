"""Governors' authorities by generation of their key. The table is what ca last said: it is asked
again at the next start."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import BigNumber, Bytes, String

revision = "bridge_0005"
down_revision = "bridge_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew."""
    op.drop_table("governors")
    op.create_table(
        "governors",
        sa.Column("authority_id", String, nullable=False),
        sa.Column("generation", BigNumber, nullable=False),
        sa.Column("state", String, nullable=False),
        sa.Column("certificate", Bytes, nullable=False),
        sa.Column("policy_oid", String, nullable=False),
        sa.PrimaryKeyConstraint("authority_id", "generation", name=op.f("pk_governors")),
        comment="The prefectural authorities' generations as the ca service last listed them",
    )
