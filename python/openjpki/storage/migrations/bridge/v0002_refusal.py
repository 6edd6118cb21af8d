"""Why an approved cross-certification was refused after all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String

revision = "bridge_0002"
down_revision = "bridge_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column."""
    op.add_column("cross_certifications", sa.Column("refusal", String, nullable=True))
