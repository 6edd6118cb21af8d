"""Why, when and at whose desk an application ended without a certificate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from openjpki.storage.kernel.columns import String, UtcTime

revision = "registration_0011"
down_revision = "registration_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the columns: of those that ended before nobody said why."""
    op.add_column("applications", sa.Column("end_reason", String, nullable=True))
    op.add_column("applications", sa.Column("ended_at", UtcTime(), nullable=True))
    op.add_column("applications", sa.Column("ended_by", String, nullable=True))
    op.add_column("application_personal_data", sa.Column("explanation", String, nullable=True))
