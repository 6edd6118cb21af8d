"""What somebody applied for, and which certificate a renewal is to replace (R2.7)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import Bytes, String

revision = "registration_0019"
down_revision = "registration_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns. Nothing but first issues could be applied for before."""
    op.add_column(
        "applications",
        sa.Column("kind", String, nullable=False, server_default=sa.text("'first_issue'")),
    )
    op.add_column("applications", sa.Column("renews", Bytes, nullable=True))
