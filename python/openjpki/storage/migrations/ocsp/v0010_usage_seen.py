"""That a replica is there, said apart from what it writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import UtcTime

revision = "ocsp_0010"
down_revision = "ocsp_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column."""
    op.add_column("usage_epochs", sa.Column("seen_at", UtcTime, nullable=True))
